/**
 * Scalar expressions inside a loop nest: what one element of a tensor is made of.
 *
 * Equal expressions of one nest are one object, so that each is evaluated once. Addresses are affine in the loop
 * counters wherever a graph only moves elements, which is why views cost nothing here; an index read from memory is one
 * more variable.
 */
import type { ElementType, Node } from "../../ir/graph.ts";
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
  /** Elements of nodes that were asked for: each is found once, however many others hold it. */
  readonly elements: Map<Node, { readonly index: readonly Affine[]; readonly element: Expression }[]>;
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
  const named = new Map<string, Expression>();
  // By a number that few share; loads and applications are many.
  const similar = new Map<number, Expression[]>();
  let count = 0;
  const make = (key: string, type: ValueType, form: Form): Expression => {
    let expression = named.get(key);
    if (expression === undefined) {
      expression = { ...form, id: count++, type };
      named.set(key, expression);
    }
    return expression;
  };
  const find = (hash: number, isSame: (known: Expression) => boolean, type: ValueType, form: Form): Expression => {
    const list = similar.get(hash);
    let expression = list?.find(isSame);
    if (expression === undefined) {
      expression = { ...form, id: count++, type };
      if (list) list.push(expression);
      else similar.set(hash, [expression]);
    }
    return expression;
  };
  const keyOf = ({ constant, terms }: Affine) =>
    `${constant} ${terms.map(({ variable, stride }) => `${variable.id}*${stride}`)}`;
  return {
    elements: new Map(),
    counter: (level) => make(`counter ${level}`, "i32", { form: "counter", level }),
    accumulator: (type) => make("accumulator", type, { form: "accumulator" }),
    constant: (type, value) =>
      make(`${type} ${Object.is(value, -0) ? "-0" : value}`, type, { form: "constant", value }),
    load(buffer, at) {
      const isSame = (known: Expression) =>
        known.form === "load" && known.buffer === buffer && sameAffine(known.at, at);
      const hash = at.terms.reduce(
        (sum, { variable, stride }) => Math.imul(sum, 31) + variable.id * 7 + stride,
        at.constant,
      );
      return find(-1 - Math.abs(hash | 0), isSame, valueType[buffer.dtype], { form: "load", buffer, at });
    },
    place: (at) => make(`place ${keyOf(at)}`, "i32", { form: "place", at }),
    apply(type, code, ...inputs) {
      const isSame = (known: Expression) =>
        known.form === "apply" && known.type === type && sameItems(known.inputs, inputs) && sameItems(known.code, code);
      const hash = inputs.reduce((sum, { id }) => Math.imul(sum, 1024) + id, code[0]);
      return find(hash | 0, isSame, type, { form: "apply", code, inputs });
    },
  };
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

export function sameAffine(a: Affine, b: Affine): boolean {
  const sameTerm = ({ variable, stride }: Affine["terms"][number], i: number) =>
    variable === b.terms[i].variable && stride === b.terms[i].stride;
  return a.constant === b.constant && a.terms.length === b.terms.length && a.terms.every(sameTerm);
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
