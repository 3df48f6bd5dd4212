/**
 * A formula as a flat program over blocks of points: values forwards, derivatives backwards.
 *
 *   forwards    yₖ = fₖ(yᵢ, yⱼ)                           for each instruction k and each point of the block
 *   backwards   ȳᵢ += ȳₖ·∂fₖ/∂yᵢ,  ȳ_last = 1             the ȳ of a parameter is its column of the Jacobian
 *
 * Symbols: n parameters, m points. Equal parts of a formula are one instruction. What does not depend on a variable is
 * computed once a call. Derivatives are exact up to rounding; all n of them cost a few values, whatever n.
 * Reference: [GriewankWalther2008, Chapter 3].
 */
import { constants, type Expression } from "./expression.ts";
import { type FunctionName, functions } from "./functions.ts";

/** Points in a block: the arrays of a formula then stay in the cache. */
const blockSize = 256;

type Source =
  | { readonly kind: "parameter" | "variable"; readonly index: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "call"; readonly name: FunctionName; readonly inputs: readonly number[] };

interface Instruction {
  readonly source: Source;
  /** Whether it differs from point to point. */
  readonly varies: boolean;
  /** Whether it depends on a parameter. */
  readonly isActive: boolean;
}

export interface Program {
  /**
   * Writes f at each point into `values` [m], and ∂fᵢ/∂pⱼ into `jacobian` at j·m + i, if one is given.
   * Cost without allocation: a few passes over the points per instruction.
   */
  evaluate(
    parameters: ArrayLike<number>,
    columns: readonly ArrayLike<number>[],
    values: Float64Array,
    jacobian?: Float64Array,
  ): void;
}

export function compileProgram(
  expression: Expression,
  parameters: readonly string[],
  variables: readonly string[],
): Program {
  const instructions = instructionsOf(expression, parameters, variables);
  const last = instructions.length - 1;
  const arrays = instructions.map(() => new Float64Array(blockSize));
  const adjoints = instructions.map(({ isActive }) => (isActive ? new Float64Array(blockSize) : undefined));

  /** Where a parameter's adjoint ends up. */
  const columnsOf = instructions.flatMap(({ source }, k) =>
    source.kind === "parameter" ? [{ k, index: source.index }] : [],
  );

  const once = (k: number, values: ArrayLike<number>): boolean => {
    const { source, varies } = instructions[k];
    if (varies) return false;
    if (source.kind === "parameter") arrays[k].fill(values[source.index]);
    if (source.kind === "constant") arrays[k].fill(source.value);
    if (source.kind === "call") {
      forwards(source.name, arrays, source.inputs, arrays[k], 1);
      arrays[k].fill(arrays[k][0]);
    }
    return true;
  };

  return {
    evaluate(point, columns, values, jacobian) {
      const varying = instructions.map((_, k) => k).filter((k) => !once(k, point));
      const m = values.length;
      for (let start = 0; start < m; start += blockSize) {
        const count = Math.min(blockSize, m - start);
        for (const k of varying) {
          const { source } = instructions[k];
          const out = arrays[k];
          if (source.kind === "variable") {
            const column = columns[source.index];
            for (let i = 0; i < count; i++) out[i] = column[start + i];
          } else if (source.kind === "call") forwards(source.name, arrays, source.inputs, out, count);
        }
        const root = arrays[last];
        for (let i = 0; i < count; i++) values[start + i] = root[i];
        if (!jacobian) continue;
        for (const adjoint of adjoints) adjoint?.fill(0, 0, count);
        adjoints[last]?.fill(1, 0, count);
        for (let k = last; k >= 0; k--) {
          const { source, isActive } = instructions[k];
          if (source.kind === "call" && isActive) backwards(source, arrays, arrays[k], adjoints, adjoints[k]!, count);
        }
        for (const { k, index } of columnsOf) {
          jacobian.set(adjoints[k]!.subarray(0, count), index * m + start);
        }
      }
    },
  };
}

function instructionsOf(
  expression: Expression,
  parameters: readonly string[],
  variables: readonly string[],
): Instruction[] {
  const instructions: Instruction[] = [];
  const known = new Map<string, number>();
  const add = (source: Source): number => {
    const key = JSON.stringify(source);
    const found = known.get(key);
    if (found !== undefined) return found;
    const inputs = source.kind === "call" ? source.inputs.map((k) => instructions[k]) : [];
    known.set(key, instructions.length);
    return (
      instructions.push({
        source,
        varies: source.kind === "variable" || inputs.some(({ varies }) => varies),
        isActive: source.kind === "parameter" || inputs.some(({ isActive }) => isActive),
      }) - 1
    );
  };
  const visit = (part: Expression): number => {
    switch (part.kind) {
      case "number":
        return add({ kind: "constant", value: part.value });
      case "constant":
        return add({ kind: "constant", value: constants[part.name] });
      case "name": {
        const index = variables.indexOf(part.name);
        if (index >= 0) return add({ kind: "variable", index });
        return add({ kind: "parameter", index: parameters.indexOf(part.name) });
      }
      case "call":
        return add({ kind: "call", name: part.name, inputs: part.inputs.map(visit) });
    }
  };
  // A name alone may have been met before something else; the root has to come last.
  const root = visit(expression);
  return instructions.slice(0, root + 1);
}

/** The operators have loops of their own, since a call a number costs more than they do. */
function forwards(
  name: FunctionName,
  arrays: readonly Float64Array[],
  [left, right]: readonly number[],
  out: Float64Array,
  count: number,
): void {
  const a = arrays[left];
  const b = right === undefined ? a : arrays[right];
  switch (name) {
    case "+":
      for (let i = 0; i < count; i++) out[i] = a[i] + b[i];
      return;
    case "-":
      for (let i = 0; i < count; i++) out[i] = a[i] - b[i];
      return;
    case "*":
      for (let i = 0; i < count; i++) out[i] = a[i] * b[i];
      return;
    case "/":
      for (let i = 0; i < count; i++) out[i] = a[i] / b[i];
      return;
    default: {
      const { value } = functions[name];
      for (let i = 0; i < count; i++) out[i] = value(a[i], b[i]);
    }
  }
}

function backwards(
  { name, inputs }: Extract<Source, { kind: "call" }>,
  arrays: readonly Float64Array[],
  y: Float64Array,
  adjoints: readonly (Float64Array | undefined)[],
  bar: Float64Array,
  count: number,
): void {
  const a = arrays[inputs[0]];
  const b = inputs.length > 1 ? arrays[inputs[1]] : a;
  const { partials } = functions[name];
  inputs.forEach((input, side) => {
    const to = adjoints[input];
    if (!to) return;
    if (name === "+" || (name === "-" && side === 0)) {
      for (let i = 0; i < count; i++) to[i] += bar[i];
    } else if (name === "*") {
      const other = side === 0 ? b : a;
      // 0·∞ is 0 here: what is multiplied by 0 does not move the value, however steep it is: √(bx) at x = 0.
      for (let i = 0; i < count; i++) to[i] += other[i] === 0 ? 0 : bar[i] * other[i];
    } else {
      const partial = partials[side];
      for (let i = 0; i < count; i++) to[i] += bar[i] === 0 ? 0 : bar[i] * partial(a[i], b[i], y[i]);
    }
  });
}
