/** Arrays of jets with the element types of jax-js, and what all operations share: broadcasting, promotion, indexing. */
import type { Arithmetic, Jet } from "./jet.ts";

export type Kind = "bool" | "int" | "float";

export interface Value {
  readonly kind: Kind;
  /** Of a number without a type, which takes that of its operand. */
  readonly isWeak: boolean;
  /** Of a float that jax-js calls float32 in float64 programs too, such as a cast or a constant. */
  readonly isNarrow?: boolean;
  readonly shape: readonly number[];
  readonly data: readonly Jet[];
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

export function make(kind: Kind, shape: readonly number[], data: readonly Jet[], isWeak = false): Value {
  return { kind, isWeak, shape, data };
}

/** All indices of a shape, in row-major order. */
export function indicesOf(shape: readonly number[]): number[][] {
  return Array.from({ length: sizeOf(shape) }, (_, place) => indexAt(place, shape));
}

export function indexAt(place: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = place;
  for (const n of shape.toReversed()) {
    index.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return index;
}

export function placeOf(index: readonly number[], shape: readonly number[]): number {
  return shape.reduce((place, n, i) => place * n + index[i], 0);
}

export const at = (x: Value, index: readonly number[]): Jet => x.data[placeOf(index, x.shape)];

/** An array of `shape` whose element at an index is that of x at `from(index)`, or `missing`. */
export function rearranged(
  x: Value,
  shape: readonly number[],
  from: (index: number[]) => readonly number[] | undefined,
  missing?: Jet,
): Value {
  const data = indicesOf(shape).map((index) => {
    const source = from(index);
    return source === undefined ? missing! : at(x, source);
  });
  return { ...x, shape, data };
}

/** The shape of both together; undefined if they do not fit. */
export function broadcast(p: readonly number[], q: readonly number[]): number[] | undefined {
  const rank = Math.max(p.length, q.length);
  const shape: number[] = [];
  for (let i = 0; i < rank; i++) {
    const [m, n] = [p[p.length - rank + i] ?? 1, q[q.length - rank + i] ?? 1];
    if (m !== n && m !== 1 && n !== 1) return undefined;
    shape.push(m === 1 ? n : m);
  }
  return shape;
}

export function expanded(x: Value, shape: readonly number[]): Value {
  const offset = shape.length - x.shape.length;
  return rearranged(x, shape, (index) => x.shape.map((n, i) => (n === 1 ? 0 : index[i + offset])));
}

const rank: Record<Kind, number> = { bool: 0, int: 1, float: 2 };

export type Type = Pick<Value, "kind" | "isWeak" | "isNarrow">;

/** jax-js's promotion: a number without a type takes that of its operand; a bool beside one becomes an integer. */
export function promoted(x: Type, y: Type): Type {
  if (x.isWeak === y.isWeak) {
    const isNarrow = [x, y].every((type) => type.kind !== "float" || type.isNarrow === true);
    return { kind: rank[x.kind] > rank[y.kind] ? x.kind : y.kind, isWeak: x.isWeak, isNarrow };
  }
  const { kind, isNarrow } = x.isWeak ? y : x;
  return { kind: kind === "bool" ? "int" : kind, isWeak: false, isNarrow };
}

export function cast(a: Arithmetic, x: Value, kind: Kind, isWeak = false): Value {
  if (x.kind === kind) return { ...x, isWeak };
  const convert = (jet: Jet): Jet => {
    if (kind === "bool") return a.plain(Number(jet.v !== 0), true);
    return kind === "int" ? a.plain(Math.trunc(jet.v), true) : a.plain(jet.v, jet.exact);
  };
  return { kind, isWeak, isNarrow: kind === "float", shape: x.shape, data: x.data.map(convert) };
}

/** f of pairs of elements in their common type. */
export function zipped(a: Arithmetic, x: Value, y: Value, f: (p: Jet, q: Jet, kind: Kind) => Jet): Value {
  const type = promoted(x, y);
  const { kind } = type;
  const shape = broadcast(x.shape, y.shape)!;
  const [p, q] = [x, y].map((operand) => expanded(cast(a, operand, kind), shape));
  return { ...type, shape, data: p.data.map((jet, i) => f(jet, q.data[i], kind)) };
}

export function mapped(x: Value, f: (jet: Jet) => Jet): Value {
  return { ...x, data: x.data.map(f) };
}
