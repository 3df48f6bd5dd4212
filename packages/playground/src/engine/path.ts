/** The path of a method over a landscape, as the worker tells it and the page draws it. */
import type { Outcome, Status } from "quadric";
import type { MethodName } from "../methods.ts";

/** Row by row, [a, b, b, c]: a symmetric 2 × 2 matrix. */
export type Matrix2 = readonly [number, number, number, number];
export type Point = readonly [number, number];

/** The quadratic model of a step and the region it is trusted in: m(s) = gᵀs + ½sᵀBs, ‖s‖_A ≤ Δ. */
export interface Region {
  readonly gradient: Point;
  readonly curvature: Matrix2;
  readonly ellipsoid: Matrix2;
  readonly radius: number;
}

export interface PathStep {
  readonly from: Point;
  /** f there. */
  readonly value: number;
  /** Where the step leads, whether or not it was taken. */
  readonly to: Point;
  readonly accepted: boolean;
  /** ρ; absent in first-order methods. */
  readonly ratio?: number;
  readonly outcome?: Outcome;
  /** Curvature products of this step. */
  readonly products: number;
  /** Gradients plus curvature products spent before this step. */
  readonly spent: number;
  /** Absent in first-order methods. */
  readonly region?: Region;
}

export interface Path {
  readonly method: MethodName;
  readonly steps: readonly PathStep[];
  readonly end: { readonly at: Point; readonly value: number; readonly spent: number };
  readonly status: Status;
  readonly message: string;
  /** η of a first-order method. */
  readonly learningRate?: number;
}

/** From how many starts it is counted what is typical. */
export const typicalStarts = 40;

/** The first of the values that lies a ten-thousandth as high above the floor as the first, or lower. */
export function stepsDown(values: readonly number[], floor: number): number {
  const found = values.findIndex((value) => value - floor <= 1e-4 * (values[0] - floor));
  return found < 0 ? Infinity : found;
}
