/** Whether an engine's value, gradient and products of a random problem are those of the reference. */

import { gaussNewtonProduct, gradient, hessianProduct, meanLoss } from "../../../src/compiler/autodiff/derive.ts";
import type { Backend } from "../../../src/compiler/backends/backend.ts";
import { withoutStopGradients } from "../../../src/compiler/ir/rebuild.ts";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";
import { compileObjective } from "../../../src/compiler/objective.ts";
import { flattenParameters, tensorsOf } from "../../../src/compiler/parameters.ts";
import { traceProblem } from "../../../src/compiler/traced-problem.ts";
import type { Dtype, Vector } from "../../../src/vector/vector.ts";
import { asProblem, type Oracles, type RandomProblem, reference } from "./problem.ts";

export interface Engine {
  /** As a user writes it. */
  readonly name: string;
  readonly dtype: Dtype;
  readonly backend: Backend;
}

/** Roundings that imitate a type: twice its own, since functions of engines are right to two or so. */
const units: Record<Dtype, number> = { float32: 2 ** -23, float64: 2 ** -52 };
/** Engines may be so much farther from the reference than the farthest of the imitations. */
const slack = 8;
const fewSamples = 3;
const manySamples = 60;

const parts = ["value", "gradient", "hessian", "gaussNewton"] as const;

/** What is known of a problem before engines are asked. */
export interface Expectation {
  readonly exact: Oracles;
  /** Imitations of a type, as many as are asked for; undefined if one leaves the range. */
  imitations(dtype: Dtype, count: number): readonly Oracles[] | undefined;
}

export function expectationOf(problem: RandomProblem): Expectation | undefined {
  const exact = reference(problem);
  if (exact === undefined) return undefined;
  const known: Record<Dtype, (Oracles | undefined)[]> = { float32: [], float64: [] };
  return {
    exact,
    imitations(dtype, count) {
      const samples = known[dtype];
      while (samples.length < count) samples.push(reference(problem, units[dtype], samples.length + 1));
      const all = samples.slice(0, count);
      return all.every((sample) => sample !== undefined) ? (all as Oracles[]) : undefined;
    },
  };
}

export type Verdict = "agrees" | "outside" | "ill-conditioned" | "differs";

/** What an engine says, and the value again, by another program where there is one. */
interface Measured extends Oracles {
  readonly again: number;
}

/** A traced problem, and its value and derivatives as one graph. */
export type Graphs = ReturnType<typeof graphsOf>;

/** For all engines of a type: tracing and differentiation are the same for them. */
export function graphsOf(problem: RandomProblem, dtype: Dtype) {
  const { problem: compiled, batch } = asProblem(problem);
  const b = simplifyingBuilder();
  const flat = flattenParameters(compiled.params, dtype);
  const traced = traceProblem(b, compiled, flat, batch, dtype);
  const { parameters, regularizer, loss } = traced;
  if (regularizer !== undefined) throw new Error("A random problem has no regularizer.");
  const v = parameters.map(({ shape }) => b.input("v", shape, dtype));
  const [value] = withoutStopGradients(b, [meanLoss(b, loss)]);
  const outputs = [value, ...gradient(b, traced), ...hessianProduct(b, traced, v), ...gaussNewtonProduct(b, traced, v)];
  const floats = (x: ArrayLike<number>) =>
    (dtype === "float32" ? Float32Array.from(x) : Float64Array.from(x)) as Vector;
  const data = traced.batch.map(({ dtype: type }, i) => {
    const { shape, data: numbers } = Object.values(batch)[i];
    return { shape, data: type === "int32" ? numbers : floats(numbers) };
  });
  const tensors = [
    ...tensorsOf(flat.vector, flat.layout),
    ...data,
    ...tensorsOf(floats(problem.direction), flat.layout),
  ];
  return { inputs: [...parameters, ...traced.batch, ...v], outputs, tensors };
}

async function ofGraphs({ inputs, outputs, tensors }: Graphs, backend: Backend): Promise<Measured> {
  const executable = await backend.compile({ inputs, outputs });
  try {
    const [[value], ...rest] = (await executable.run(tensors)).map(({ data }) => [...data]);
    const n = rest.length / 3;
    const [gradients, hessian, gaussNewton] = [0, n, 2 * n].map((first) => rest.slice(first, first + n).flat());
    return { value: [value], gradient: gradients, hessian, gaussNewton, again: value };
  } finally {
    executable.dispose();
  }
}

/** By the objective that a user has. */
async function ofObjective(problem: RandomProblem, { backend, dtype }: Engine): Promise<Measured> {
  const { problem: compiled, batch } = asProblem(problem);
  const objective = await compileObjective(compiled as never, { backend, dtype });
  try {
    const w = objective.initial;
    const v = (dtype === "float32" ? Float32Array.from(problem.direction) : problem.direction) as Vector;
    const product = async (kind: "hessian" | "gauss-newton") => {
      const linearization = await objective.linearize(w, batch, kind);
      const result = [...(await linearization.curvature.multiply(v))];
      linearization.dispose();
      return { result, value: linearization.value, gradient: [...linearization.gradient] };
    };
    const { result: hessian, value, gradient: slopes } = await product("hessian");
    const { result: gaussNewton } = await product("gauss-newton");
    return { value: [value], gradient: slopes, hessian, gaussNewton, again: (await objective.value(w, batch)).value };
  } finally {
    objective.dispose();
  }
}

/** Farther from the reference than rounding explains, as a sentence. */
function difference(
  actual: Oracles & { again: number },
  exact: Oracles,
  samples: readonly Oracles[],
  dtype: Dtype,
): string | undefined {
  const unit = units[dtype];
  for (const part of parts) {
    for (let i = 0; i < exact[part].length; i++) {
      const expected = exact[part][i];
      const spread = Math.max(...samples.map((sample) => Math.abs(sample[part][i] - expected)));
      const allowed = slack * spread + 4 * unit * Math.abs(expected) + (dtype === "float32" ? 1e-35 : 1e-290);
      for (const got of part === "value" ? [actual.value[0], actual.again] : [actual[part][i]]) {
        if (!(Math.abs(got - expected) <= allowed)) {
          return `${part}[${i}] is ${got}, expected ${expected} ± ${allowed}`;
        }
      }
    }
  }
  return undefined;
}

/** Whether rounding leaves nothing of a number. */
function isIllConditioned(exact: Oracles, samples: readonly Oracles[]): boolean {
  return parts.some((part) => {
    const size = Math.max(1e-3, ...exact[part].map(Math.abs));
    return exact[part].some((x, i) => samples.some((sample) => !(Math.abs(sample[part][i] - x) < 1e-3 * size)));
  });
}

/** @param graphs - of the engine's type, where they are to be run instead of an objective. */
export async function agreement(
  problem: RandomProblem,
  expectation: Expectation | undefined,
  engine: Engine,
  graphs?: () => Graphs,
): Promise<{ verdict: Verdict; what: string }> {
  const { dtype } = engine;
  const few = expectation?.imitations(dtype, fewSamples);
  let actual: Measured;
  try {
    actual = graphs ? await ofGraphs(graphs(), engine.backend) : await ofObjective(problem, engine);
  } catch (error) {
    return { verdict: "differs", what: `throws ${(error as Error).stack ?? error}` };
  }
  if (expectation === undefined || few === undefined) return { verdict: "outside", what: "" };
  const { exact } = expectation;
  let what = difference(actual, exact, few, dtype);
  if (what === undefined) return { verdict: isIllConditioned(exact, few) ? "ill-conditioned" : "agrees", what: "" };
  const many = expectation.imitations(dtype, manySamples);
  if (many === undefined) return { verdict: "outside", what: "" };
  what = difference(actual, exact, many, dtype);
  if (what === undefined) return { verdict: isIllConditioned(exact, many) ? "ill-conditioned" : "agrees", what: "" };
  return { verdict: "differs", what };
}
