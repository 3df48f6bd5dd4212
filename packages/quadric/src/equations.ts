/** Differential equations solved by networks: fields, their derivatives, points, and least squares over all of it. */
export type { Comparison } from "./equations/comparison.ts";
export { derivative, gradient, laplacian } from "./equations/derivative.ts";
export { equation } from "./equations/equation.ts";
export { apply, coordinates, type Field } from "./equations/field.ts";
export { type NetworkOptions, network, periodic, unknown } from "./equations/network.ts";
export { type Domain, type PointSet, points } from "./equations/points.ts";
export type { Redrawing } from "./equations/redraw.ts";
export { type Solution, type SolveEvent, type SolveOptions, solve } from "./equations/solve.ts";
export type { Term } from "./equations/system.ts";
