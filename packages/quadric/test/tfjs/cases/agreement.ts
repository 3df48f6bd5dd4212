/** Whether a model of TensorFlow.js and what is compiled of it are the same function with the same gradient. */
import * as tf from "@tensorflow/tfjs-core";
import type { Backend } from "../../../src/compiler/backends/backend.ts";
import { compileObjective } from "../../../src/compiler/objective.ts";
import { lossesOfModel } from "../../../src/tfjs/losses-of-model.ts";
import { closuresOfModel } from "../../../src/tfjs/objective.ts";
import { compiledProblem } from "../../../src/tfjs/problem.ts";
import { norm2 } from "../../../src/vector/kernels.ts";
import { randomModel } from "./random-model.ts";

export interface Agreement {
  /** "agrees"; "differs"; "by closures" with the reason; "not a model" if TensorFlow.js itself refuses. */
  readonly verdict: "agrees" | "differs" | "by closures" | "not a model";
  readonly what: string;
  readonly plan: readonly string[];
}

const host = (tensors: readonly tf.Tensor[]) =>
  tensors.map((tensor) => ({ shape: [...tensor.shape], data: Float32Array.from(tensor.dataSync()) }));

/** |a − b| against the size of both and 1; differences of rounding stay below about 1e-4 through deep models. */
const apart = (a: number, b: number) => Math.abs(a - b) / Math.max(1, Math.abs(a), Math.abs(b));

export async function agreementOf(seed: number, backend: Backend, limit?: number): Promise<Agreement> {
  let built: ReturnType<typeof randomModel>;
  const plan: string[] = [];
  try {
    built = randomModel(seed, { limit });
  } catch (error) {
    return { verdict: "not a model", what: (error as Error).message, plan };
  }
  const { model, x, y, losses } = built;
  const report = (verdict: Agreement["verdict"], what: string): Agreement => ({
    verdict,
    what,
    plan: [...built.plan, losses.join()],
  });
  try {
    if (model.trainableWeights.every(({ shape }) => shape.includes(0)))
      return report("not a model", "every layer is frozen");
    const factors = losses.map((_, o) => 1 + o / 2);
    const { outputs, evaluate } = lossesOfModel(model, { loss: losses, lossWeights: factors });
    const isOfClasses = (o: number) => losses[o] === "sparseCategoricalCrossentropy";
    const targets = host(y).map((tensor, o) =>
      isOfClasses(o) ? { ...tensor, data: Int32Array.from(tensor.data) } : tensor,
    );
    const batch = { x: host(x), y: targets };
    let problem: ReturnType<typeof compiledProblem> | undefined;
    let reason = "";
    try {
      problem = compiledProblem(
        model,
        outputs,
        batch.x.map(({ shape }) => shape),
      );
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      reason = error.message;
    }
    const theirs = closuresOfModel(model, outputs);
    let point: { value: number; gradient?: ArrayLike<number> };
    try {
      // There are models that TensorFlow.js evaluates and cannot differentiate: sequences of one step, transposed
      // convolutions of volumes.
      point = await theirs.gradient(theirs.initial, batch).catch(() => theirs.value(theirs.initial, batch));
      tf.tidy(() => model.predict(x));
      if (!Number.isFinite(point.value)) return report("not a model", `a loss of ${point.value}`);
    } catch (error) {
      return report("not a model", (error as Error).message);
    }
    if (problem === undefined) return report("by closures", reason);
    // The differences of a check leave the weights elsewhere.
    theirs.assign(theirs.initial);
    // TensorFlow.js takes log(p/(1 − p)) of float32 probabilities, whose 1 − p is off by up to 6e-8: 6 % of a step of
    // the loss at p = 1 − 1e-6.
    const tolerance = losses.includes("binaryCrossentropy") ? 5e-3 : 1e-4;
    const ours = await compileObjective(problem as never, { backend });
    try {
      const mine = await ours.gradient(ours.initial, batch as never);
      if (!(apart(mine.value, point.value) < tolerance))
        return report("differs", `values ${mine.value} and ${point.value}`);
      const { gradient = mine.gradient } = point;
      const gap = norm2(Float64Array.from(mine.gradient, (g, i) => g - gradient[i]));
      const size = norm2(Float64Array.from(gradient));
      if (!(gap <= 2e-3 * size + 2e-4) && !(await isAtKinkOrRight(theirs, mine.gradient, gradient, batch)))
        return report("differs", `gradients, by ${gap} of ${size}`);
      theirs.assign(theirs.initial);
      // What is normalized by the batch, and penalties, are in the loss of training only.
      const isPlain = model.layers.every(
        (layer) => !/BatchNorm/.test(JSON.stringify([layer.getClassName(), layer.getConfig()])),
      );
      const penalties = tf.tidy(() => model.calculateLosses().reduce((sum, term) => sum + term.dataSync()[0], 0));
      const evaluated = isPlain ? evaluate(batch.x, batch.y).loss + penalties : mine.value;
      if (!(apart(evaluated, mine.value) < tolerance))
        return report("differs", `evaluate ${evaluated} and ${mine.value}`);
      return report("agrees", "");
    } finally {
      ours.dispose();
      for (const array of problem.params) array.dispose();
    }
  } finally {
    model.dispose();
    tf.dispose([x, y]);
  }
}

/**
 * Whether differences of TensorFlow.js's values say that the gradient `mine` is right, or that there is none: its own
 * gives every maximum the whole cotangent where several are equal, which is too much, and at a kink both are
 * derivatives to one side.
 */
async function isAtKinkOrRight(
  { value, initial }: ReturnType<typeof closuresOfModel>,
  mine: ArrayLike<number>,
  theirs: ArrayLike<number>,
  batch: Parameters<typeof value>[1],
): Promise<boolean> {
  const gap = Float64Array.from(mine, (g, i) => g - theirs[i]);
  const size = norm2(gap);
  const along = gap.map((x) => x / size);
  const slope = along.reduce((sum, x, i) => sum + x * mine[i], 0);
  for (const h of [1e-2, 2e-3]) {
    const at = async (t: number) =>
      (
        await value(
          initial.map((x, i) => x + t * along[i]),
          batch,
        )
      ).value;
    const [before, here, after] = [await at(-h), await at(0), await at(h)];
    const [left, right] = [(here - before) / h, (after - here) / h];
    const noise = 0.1 * size + 1e-6 / h;
    if (Math.abs((left + right) / 2 - slope) <= noise || Math.abs(left - right) >= 0.5 * size) return true;
  }
  return false;
}
