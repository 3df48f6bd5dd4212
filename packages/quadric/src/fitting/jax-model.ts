/**
 * A curve written in jax-js, as one WebAssembly program of values and forward derivatives:
 *
 *   (p_1 … p_d, x) ↦ f(x; p), ∂f/∂p_1, …, ∂f/∂p_d
 *
 * If every value depends on its own point alone, which is found by transposing the traced graph row by row, points go
 * through the program in blocks that fit a processor's cache, whatever their number. Else the program is of exactly one
 * number of points.
 */
import type { numpy as np } from "@jax-js/jax";
import { isSeparable } from "../compiler/autodiff/jacobian.ts";
import { jvp } from "../compiler/autodiff/jvp.ts";
import { type InstantProgram, instantProgram } from "../compiler/backends/wasm/backend.ts";
import { type Graph, type Node, reachable } from "../compiler/ir/graph.ts";
import { withoutStopGradients } from "../compiler/ir/rebuild.ts";
import { simplifyingBuilder } from "../compiler/ir/simplify.ts";
import { trace } from "../compiler/trace/import.ts";
import { oneArray } from "../compiler/trace/one-array.ts";
import { ShapeError } from "../errors.ts";
import type { CurveModel, ModelShape } from "./curve-model.ts";

/** What the function gets of x: one array [n], a list of them, or an object of them by name. */
// biome-ignore lint/suspicious/noExplicitAny: the function names the structure of its own x and parameters.
type JaxCurve = (x: any, parameters: any) => np.Array;

/** Points a block: some arrays of so many float64 numbers lie in the first cache. */
const blockSize = 512;

interface Programs {
  readonly points: number;
  readonly isSeparable: boolean;
  readonly values: InstantProgram;
  readonly both: InstantProgram;
}

/**
 * A model for `curveFit` from a function of jax-js arrays, with exact derivatives. It is traced and compiled once for
 * each shape.
 *
 * @param f - (x, parameters) => [n]: x an array [n], or a list or object of arrays as the data have columns; parameters
 *   scalars in the form of `start`. Arrays move: what is used twice is passed as `x.ref`.
 * @example
 * const decay = jaxModel((x, { a, b }) => np.exp(x.mul(b).neg()).mul(a));
 * const { parameters } = await curveFit(decay, [0, 1, 2], [2, 1, 0.5], { start: { a: 1, b: 1 } });
 * // => a 2, b 0.6931
 */
export function jaxModel(f: JaxCurve): CurveModel {
  const known = new Map<string, Promise<Programs>>();
  let current: Programs | undefined;
  return {
    get size() {
      return current?.points;
    },
    get isPointwise() {
      return current?.isSeparable;
    },
    async prepare(shape) {
      const key = JSON.stringify(shape);
      if (!known.has(key)) known.set(key, compile(f, shape));
      current = await known.get(key)!;
    },
    evaluate(p, x, values, jacobian) {
      if (current === undefined) throw new TypeError("jaxModel: must be prepared before it is evaluated.");
      const { points, isSeparable: inBlocks, values: ofValues, both } = current;
      const n = values.length;
      const program = jacobian ? both : ofValues;
      const numbers = Array.from(p, (value) => Float64Array.of(value));
      const outputsAt = (from: number, to: number) => [
        values.subarray(from, to),
        ...(jacobian ? Array.from(p, (_, j) => jacobian.subarray(j * n + from, j * n + to)) : []),
      ];
      if (n === points) return program([...numbers, ...x], outputsAt(0, n));
      if (!inBlocks) {
        throw new ShapeError(
          `jaxModel: values of other points depend on each other; prepare for ${n} points, got ${points}.`,
        );
      }
      for (let from = 0; from < n; from += points) {
        const to = Math.min(from + points, n);
        if (to - from === points)
          program([...numbers, ...x.map((column) => column.subarray(from, to))], outputsAt(from, to));
        else lastBlock(program, numbers, x, { from, points }, outputsAt(from, to));
      }
    },
  };
}

/** Filled up with its last point. */
function lastBlock(
  program: InstantProgram,
  numbers: readonly Float64Array[],
  x: readonly Float64Array[],
  { from, points }: { readonly from: number; readonly points: number },
  outputs: readonly Float64Array[],
): void {
  const inputs = x.map((column) => {
    const block = new Float64Array(points).fill(column[column.length - 1]);
    block.set(column.subarray(from));
    return block;
  });
  const whole = outputs.map(() => new Float64Array(points));
  program([...numbers, ...inputs], whole);
  outputs.forEach((output, i) => {
    output.set(whole[i].subarray(0, output.length));
  });
}

async function compile(f: JaxCurve, shape: ModelShape): Promise<Programs> {
  const whole = tracedCurve(f, shape, shape.points);
  const isSmall = shape.points <= blockSize;
  const traced = isSmall || !whole.isSeparable ? whole : tracedCurve(f, shape, blockSize);
  const { points, inputs, tangents, value } = traced;
  const program = (outputs: readonly Node[]): Promise<InstantProgram> =>
    instantProgram({ inputs, outputs } satisfies Graph);
  return {
    points,
    isSeparable: whole.isSeparable,
    values: await program([value]),
    both: await program([value, ...tangents]),
  };
}

function tracedCurve(f: JaxCurve, { columns, variables, parameters, isList }: ModelShape, points: number) {
  const b = simplifyingBuilder();
  const numbers = parameters.map((name) => b.input(name, [], "float64"));
  const xs = Array.from({ length: columns }, (_, k) => b.input(variables?.[k] ?? `x${k}`, [points], "float64"));
  const inputs = [...numbers, ...xs];
  const d = numbers.length;
  const [z] = trace(
    b,
    (...args) => {
      const [p, x] = [args.slice(0, d), args.slice(d)];
      const named = isList ? p : Object.fromEntries(parameters.map((name, j) => [name, p[j]]));
      const byName = variables && Object.fromEntries(variables.map((name, k) => [name, x[k]]));
      return oneArray("jaxModel: the model", f(byName ?? (columns === 1 ? x[0] : x), named), false);
    },
    inputs,
  );
  // Without x the model is of residuals, as many as it returns.
  const count = columns === 0 && z.shape.length === 1 ? z.shape[0] : points;
  if (z.shape.length > 1 || (z.shape.length === 1 && z.shape[0] !== count && z.shape[0] !== 1)) {
    throw new ShapeError(`jaxModel: the model must return shape [${points}], one value a point, got [${z.shape}].`);
  }
  const value = b.expand(z, [count]);
  const derivatives = numbers.map((x) => {
    const [tangent] = jvp(b, [value], new Map([[x, b.scalar(1, "float64")]]));
    return tangent ? b.expand(tangent, [count]) : b.full(0, [count], "float64");
  });
  const [clean, ...tangents] = withoutStopGradients(b, [value, ...derivatives]);
  // An array that the function brings along belongs to its own number of points.
  const bringsArrays = reachable([clean]).some(({ op, data }) => op === "constant" && data!.length > 1);
  const isPointwise = columns > 0 && !bringsArrays && isSeparable(b, value, numbers, xs);
  return { points: count, inputs, tangents, value: clean, isSeparable: isPointwise };
}
