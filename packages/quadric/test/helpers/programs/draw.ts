/** What an operation draws from: values that there are, and choices that shrink towards the first. */
import type { Arithmetic } from "./jet.ts";
import { type Kind, sizeOf, type Value } from "./values.ts";

export interface Operand {
  /** Place among the values of the program. */
  readonly id: number;
  readonly value: Value;
}

/** One line of a program. */
export interface Statement {
  readonly operands: readonly Operand[];
  /** As a user writes it, from the names of the operands. */
  readonly source: (...names: string[]) => string;
  readonly evaluate: (a: Arithmetic, ...operands: Value[]) => Value;
}

export interface Draw {
  /** 0 … n − 1. */
  below(n: number): number;
  pick<T>(from: readonly T[]): T;
  chance(percent: number): boolean;
  /** A value that fits; the newest that nothing uses come first. */
  operand(fits: (value: Value) => boolean): Operand | undefined;
}

/** Makes a statement of what there is; undefined if nothing fits. */
export type Operation = (d: Draw) => Statement | undefined;

/** Elements that an array may have. */
export const maxSize = 24;

export const isFloat = ({ kind }: Value): boolean => kind === "float";
export const isInteger = ({ kind }: Value): boolean => kind === "int";
export const isBool = ({ kind }: Value): boolean => kind === "bool";
export const isNumber = ({ kind }: Value): boolean => kind !== "bool";

export function statement(
  operands: readonly (Operand | undefined)[],
  source: Statement["source"],
  evaluate: Statement["evaluate"],
): Statement | undefined {
  if (operands.some((x) => x === undefined)) return undefined;
  return { operands: operands as Operand[], source, evaluate };
}

/** A value of a kind with so many axes at least. */
export const ofRank =
  (least: number, fits: (value: Value) => boolean = isFloat, most = 4) =>
  (x: Value): boolean =>
    fits(x) && x.shape.length >= least && x.shape.length <= most;

export const isSmall = (shape: readonly number[]): boolean => sizeOf(shape) <= maxSize && shape.length <= 5;

export const list = (numbers: readonly number[]): string => `[${numbers.join(", ")}]`;

/** Axes of an array in increasing order: one, two, or all. */
export function drawAxes(d: Draw, { shape }: Value): { axes: number[]; text: string } {
  const all = shape.map((_, i) => i);
  const way = d.below(3);
  if (shape.length === 0 || way === 2) return { axes: all, text: "null" };
  const first = d.below(shape.length);
  if (way === 1 && shape.length > 1) {
    const second = (first + 1 + d.below(shape.length - 1)) % shape.length;
    return { axes: [first, second].toSorted((p, q) => p - q), text: list([first, second]) };
  }
  return { axes: [first], text: String(d.chance(30) ? first - shape.length : first) };
}

export const kinds: Record<Kind, string> = { bool: "np.bool", int: "np.int32", float: "np.float32" };
