/**
 * Every default of the second-order methods, in one table with a column for each regime:
 *
 *   function     no data: values are exact and a step costs little compared with its evaluation
 *   full-batch   values are exact, so that the search can be bold and solves long
 *   mini-batch   gradients are noisy: cautious settings, those released with [Kohler2020] for its MLPs
 *
 * A function in the table takes d, the number of parameters. Where the numbers come from: docs/decisions/defaults.md;
 * those of a function: [ConnGouldToint2000, section 17.1], of cubic regularisation: [KohlerLucchi2017].
 */
import type { Norm } from "../../norm/norm.ts";
import { norms } from "../../norm/norms.ts";
import { fittingMemory } from "../../subproblem/lbfgs-memory.ts";
import type { StoppingRule, SubproblemSolver } from "../../subproblem/solver.ts";
import { subproblems } from "../../subproblem/subproblems.ts";
import type { ProblemFacts } from "../optimizer.ts";

export type Regime = "function" | "full-batch" | "mini-batch";

export function regimeOf({ samplingFraction }: Pick<ProblemFacts, "samplingFraction">): Regime {
  if (samplingFraction === undefined) return "function";
  return samplingFraction === 1 ? "full-batch" : "mini-batch";
}

/** Such as "full batch, 1217 parameters". */
export function describeProblem({ parameters, samplingFraction }: ProblemFacts): string {
  if (samplingFraction === undefined) return `a function of ${parameters} parameters`;
  if (samplingFraction === 1) return `full batch, ${parameters} parameters`;
  return `mini-batches of ${Number((100 * samplingFraction).toPrecision(2))} % of the data, ${parameters} parameters`;
}

/** With at most this many parameters the correction pairs span the whole space, and no other metric is needed. */
export const fewParameters = 128;

/**
 * Parameters up to which the whole curvature matrix costs no more than the products of a solve, and its exact solution
 * repays them.
 */
export const denseUpTo = 64;

/** A function of more parameters is measured in their own units. */
const functionNorm = (d: number): Norm => (d > denseUpTo ? norms.equilibrated() : norms.euclidean());

/**
 * Gradients vanish near a minimum and so do the averages of their squares; the Hessian's diagonal keeps its scale.
 * Curvatures ten decades apart are those of parameters in different units: docs/decisions/full-batch-norm.md.
 */
function fullBatchNorm(d: number): Norm {
  if (d <= denseUpTo) return norms.euclidean();
  const units = norms.equilibrated({ probes: 0, alike: 1e10 });
  return d > fewParameters ? norms.hutchinson({ beta: 0.99, exponent: 0.5, probes: 1, units }) : units;
}

/** m = 128 correction pairs, fewer if d is small or their rows outgrow a cache: docs/decisions/preconditioner.md. */
const fullBatchMemory = (d: number): number => fittingMemory(d, 128);

interface CommonDefaults {
  readonly norm: Norm;
  readonly tolerance: number;
  readonly maxProducts: number;
  readonly initial: number;
  readonly grow: number;
  readonly shrink: number;
  readonly eta1: number;
  readonly eta2: number;
}

export interface TrustRegionDefaults extends CommonDefaults {
  readonly solver: SubproblemSolver;
  readonly stoppingRule: StoppingRule;
  readonly memory: number;
  readonly max: number;
}

export interface CubicDefaults extends CommonDefaults {
  readonly min: number;
}

type Entry<T> = T | ((d: number) => T);
type Table<Defaults> = {
  readonly [Name in keyof Defaults]: readonly [Entry<Defaults[Name]>, Entry<Defaults[Name]>, Entry<Defaults[Name]>];
};

const columns: readonly Regime[] = ["function", "full-batch", "mini-batch"];
const { steihaug, gltr } = subproblems;
const rmsprop = () => norms.rmsprop();

// biome-ignore format: a table
const trustRegion: Table<TrustRegionDefaults> = {
  //              function                      full batch       mini-batch
  norm:         [ functionNorm,                 fullBatchNorm,   rmsprop    ],
  solver:       [ gltr(),                       steihaug(),      steihaug() ],
  stoppingRule: [ "residual",                   "residual",      "decrease" ],
  tolerance:    [ 0.1,                          0.03,            0.1        ],
  maxProducts:  [ (d) => Math.max(50, 2 * d),   200,             50         ],
  memory:       [ fullBatchMemory,              fullBatchMemory, 0          ],
  initial:      [ 1,                            1,               0.05       ],
  max:          [ 1e10,                         1e6,             10         ],
  grow:         [ 3,                            2,               1.1        ],
  shrink:       [ 4,                            2,               1.25       ],
  eta1:         [ 0.1,                          0.01,            0.01       ],
  eta2:         [ 0.9,                          0.75,            0.95       ],
};

// biome-ignore format: a table
const cubic: Table<CubicDefaults> = {
  //              function                      full batch       mini-batch
  norm:         [ functionNorm,                 rmsprop,         rmsprop    ],
  tolerance:    [ 0.1,                          0.1,             0.1        ],
  maxProducts:  [ (d) => Math.max(50, 2 * d),   50,              50         ],
  initial:      [ 1,                            1,               1          ],
  min:          [ 0,                            0,               0          ],
  grow:         [ 2,                            2,               2          ],
  shrink:       [ 2,                            2,               2          ],
  eta1:         [ 0.1,                          0.1,             0.1        ],
  eta2:         [ 0.9,                          0.9,             0.9        ],
};

/** The column of a regime, at d parameters. */
function column<Defaults>(table: Table<Defaults>, regime: Regime, d: number): Defaults {
  const rows = Object.entries<readonly Entry<unknown>[]>(table).map(([name, row]) => {
    const entry = row[columns.indexOf(regime)];
    return [name, typeof entry === "function" ? entry(d) : entry];
  });
  return Object.fromEntries(rows);
}

export const trustRegionDefaults = (regime: Regime, d: number): TrustRegionDefaults => column(trustRegion, regime, d);
export const cubicDefaults = (regime: Regime, d: number): CubicDefaults => column(cubic, regime, d);

/** Batches of at most this part of the data have noisy gradients; on more of it losses are nearly exact. */
export const stochasticThreshold = 0.1;

/** The part of a batch that B is taken on. */
export const curvatureFraction = (samplingFraction: number): number =>
  samplingFraction <= stochasticThreshold ? 0.25 : 1;

/** Bytes that a solver may keep so that a rejection costs no product. */
export const memoryBudget: number = 2 ** 28;
