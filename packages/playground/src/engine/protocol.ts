/** What the page may ask of the worker, what it is answered, and what the worker tells unasked. */
import type { EquationSpec } from "../equations.ts";
import type { MapName } from "../maps.ts";
import type { MethodName } from "../methods.ts";
import type { TaskName } from "../tasks.ts";
import type { CurvatureReport, CurvatureRequest } from "./curvature.ts";
import type { CurveReport, CurveRequest, CurveTableSummary } from "./curve.ts";
import type { Path } from "./path.ts";
import type { PathOptions } from "./paths.ts";
import type { RaceNews, RaceOptions } from "./race.ts";
import type { Surface } from "./surface.ts";
import type { TableSummary } from "./table.ts";

export interface SurfaceRequest {
  readonly map: MapName;
  /** κ and the angle of the quadratic. */
  readonly condition: number;
  readonly degrees: number;
}

export interface PathsRequest extends SurfaceRequest, PathOptions {
  readonly methods: readonly MethodName[];
}

export type Typical = Readonly<Partial<Record<MethodName, number>>>;

/** The races that exist at the same time, one a panel. */
export type RaceName = "equation" | "train" | "table";

export interface RaceRequest extends RaceOptions {
  readonly race: RaceName;
  /** An equation, a task, or the column of the table last read that is to be predicted. */
  readonly task: EquationSpec | TaskName | number;
}

/** How far each run of a race may go, in what its budget is measured in, or a step more of each. */
export interface Go {
  readonly race: RaceName;
  readonly until: number | "step";
}

export interface Questions {
  surface: { ask: SurfaceRequest; answer: Surface };
  paths: { ask: PathsRequest; answer: readonly Path[] };
  /** Steps of trust regions from many starts, the median of each. */
  typical: { ask: PathsRequest; answer: Typical };
  /** Answered once the race is set up; the race before it is over. */
  race: { ask: RaceRequest; answer: undefined };
  go: { ask: Go; answer: undefined };
  table: { ask: Uint8Array; answer: TableSummary };
  /** The table that curves are fitted to from now on. */
  curveTable: { ask: Uint8Array; answer: CurveTableSummary };
  curve: { ask: CurveRequest; answer: CurveReport };
  curvature: { ask: CurvatureRequest & { readonly race: RaceName }; answer: CurvatureReport };
  /** Answered once everything that loads on demand is here. */
  preload: { ask: undefined; answer: undefined };
}

export type Question = keyof Questions;

export interface Ask {
  readonly id: number;
  readonly question: Question;
  readonly ask: Questions[Question]["ask"];
}

/** One of these comes back for each question, and news of races in between. */
export type Message =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly race: RaceName; readonly news: RaceNews };
