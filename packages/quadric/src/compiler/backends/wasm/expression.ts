/**
 * Scalar expressions inside a loop nest: what one element of a tensor is made of.
 *
 * Equal expressions of one nest are one object, so that each is evaluated once. Addresses are affine in the loop
 * counters wherever a graph only moves elements, which is why views cost nothing here; an index read from memory is one
 * more variable.
 */
import type { ElementType } from "../../ir/graph.ts";
import type { ValueType } from "./encoder.ts";

/** A tensor's place in memory; `offset` is decided when all nests are known. */
export interface Buffer {
  readonly dtype: ElementType;
  readonly count: number;
  offset: number;
}

export const bytesOf: Record<ElementType, number> = { float64: 8, float32: 4, int32: 4, uint32: 4, bool: 1 };

export const valueType: Record<ElementType, ValueType> = {
  float64: "f64",
  float32: "f32",
  int32: "i32",
  uint32: "i32",
  bool: "i32",
};

/** constant + Σ stride·variable, an integer; variables are counters of loops or indices read from memory. */
export interface Affine {
  readonly constant: number;
  readonly terms: readonly { readonly variable: Expression; readonly stride: number }[];
}

export type Form =
  | { readonly form: "counter"; readonly level: number }
  | { readonly form: "accumulator" }
  | { readonly form: "constant"; readonly value: number }
  | { readonly form: "load"; readonly buffer: Buffer; readonly at: Affine }
  | { readonly form: "place"; readonly at: Affine }
  | { readonly form: "apply"; readonly code: readonly number[]; readonly inputs: readonly Expression[] };

export type Expression = Form & { readonly id: number; readonly type: ValueType };

export interface Expressions {
  /** The counter of the loop at a level, 0 the outermost. */
  counter(level: number): Expression;
  /** What a reduction has so far. */
  accumulator(type: ValueType): Expression;
  constant(type: ValueType, value: number): Expression;
  load(buffer: Buffer, at: Affine): Expression;
  /** The integer itself that addresses are made of. */
  place(at: Affine): Expression;
  /** The instruction `code` on its operands. */
  apply(type: ValueType, code: readonly number[], ...inputs: readonly Expression[]): Expression;
}

export function makeExpressions(): Expressions {
  const known = new Map<string, Expression>();
  const buffers = new Map<Buffer, number>();
  const make = (key: string, type: ValueType, form: Form): Expression => {
    let expression = known.get(key);
    if (expression === undefined) {
      expression = { ...form, id: known.size, type };
      known.set(key, expression);
    }
    return expression;
  };
  const keyOf = ({ constant, terms }: Affine) =>
    `${constant} ${terms.map(({ variable, stride }) => `${variable.id}*${stride}`)}`;
  return {
    counter: (level) => make(`counter ${level}`, "i32", { form: "counter", level }),
    accumulator: (type) => make("accumulator", type, { form: "accumulator" }),
    constant: (type, value) =>
      make(`${type} ${Object.is(value, -0) ? "-0" : value}`, type, { form: "constant", value }),
    load(buffer, at) {
      if (!buffers.has(buffer)) buffers.set(buffer, buffers.size);
      const key = `load ${buffers.get(buffer)} ${keyOf(at)}`;
      return make(key, valueType[buffer.dtype], { form: "load", buffer, at });
    },
    place: (at) => make(`place ${keyOf(at)}`, "i32", { form: "place", at }),
    apply: (type, code, ...inputs) =>
      make(`apply ${code} ${inputs.map(({ id }) => id)}`, type, { form: "apply", code, inputs }),
  };
}

export const zero: Affine = { constant: 0, terms: [] };

export function variable(expression: Expression): Affine {
  return { constant: 0, terms: [{ variable: expression, stride: 1 }] };
}

/** constant + Σ factorᵢ·partᵢ. */
export function combine(parts: readonly (readonly [factor: number, part: Affine])[], constant = 0): Affine {
  let total = constant;
  const strides = new Map<Expression, number>();
  for (const [factor, part] of parts) {
    total += factor * part.constant;
    for (const term of part.terms) {
      strides.set(term.variable, (strides.get(term.variable) ?? 0) + factor * term.stride);
    }
  }
  const terms = [...strides].flatMap(([term, stride]) => (stride === 0 ? [] : [{ variable: term, stride }]));
  return { constant: total, terms: terms.sort((a, b) => a.variable.id - b.variable.id) };
}

/** The place of an element among all elements of a row-major tensor. */
export function rowMajor(shape: readonly number[], index: readonly Affine[]): Affine {
  let stride = 1;
  const parts = shape.map((_, i) => i).reverse();
  return combine(
    parts.map((i): [number, Affine] => {
      const part: [number, Affine] = [stride, index[i]];
      stride *= shape[i];
      return part;
    }),
  );
}
