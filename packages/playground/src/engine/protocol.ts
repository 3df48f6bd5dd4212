/** What the page may ask of the worker, and what it is answered. */
import type { MapName } from "../maps.ts";
import type { MethodName } from "../methods.ts";
import type { Path, PathOptions } from "./paths.ts";
import type { Surface } from "./surface.ts";

export interface SurfaceRequest {
  readonly map: MapName;
  /** κ and the angle of the quadratic. */
  readonly condition: number;
  readonly degrees: number;
}

export interface PathsRequest extends SurfaceRequest, PathOptions {
  readonly methods: readonly MethodName[];
}

/** Questions with one answer. */
export interface Questions {
  surface: { ask: SurfaceRequest; answer: Surface };
  paths: { ask: PathsRequest; answer: readonly Path[] };
}

export type Question = keyof Questions;

export interface Ask {
  readonly id: number;
  readonly question: Question;
  readonly ask: Questions[Question]["ask"];
}

export interface Answer {
  readonly id: number;
  readonly answer?: unknown;
  /** What went wrong, instead of an answer. */
  readonly error?: string;
}
