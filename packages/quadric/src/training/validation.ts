/** Loss on held-out data, without the penalty: monitored apart from the run's own costs, and a reason to stop early. */
import { requireInteger } from "../check.ts";
import type { Objective } from "../objective/objective.ts";
import { permutation, randomWords } from "../vector/philox.ts";
import type { State } from "../vector/state.ts";
import type { TensorTree } from "../vector/tensor.ts";
import type { Vector } from "../vector/vector.ts";
import { chunks } from "./batches.ts";
import { exampleCount, mapTensors, rows } from "./tree.ts";

export interface ValidationOptions {
  /** Held-out data of the same structure as the training data. Give this or `fraction`. */
  readonly data?: TensorTree;
  /** Share of the training data to hold out, in (0, 1); which examples, the seed decides. */
  readonly fraction?: number;
  /** Steps between two evaluations, an integer ≥ 1; defaults to an epoch. */
  readonly every?: number;
  /** Stop after this many evaluations without a new least loss, an integer ≥ 1; defaults to never. */
  readonly patience?: number;
  /** Whether the run returns the parameters of the least validation loss rather than the last; defaults to true. */
  readonly keepBest?: boolean;
}

export interface Best {
  readonly loss: number;
  readonly step: number;
  readonly parameters: Vector;
}

export interface Validation {
  /** Evaluates when due after this step; `parameters` is only read and must stay as it is. */
  after(step: number, parameters: Vector): Promise<number | undefined>;
  readonly best: Best | undefined;
  /** True when patience has run out. */
  readonly exhausted: boolean;
  state(): State;
  restore(state: State): void;
}

const splitStream = 2;

/** Training and validation data; the same data twice over when nothing is held out. */
export function holdOut(
  data: TensorTree,
  { data: given, fraction }: ValidationOptions,
  seed: number,
): { training: TensorTree; held: TensorTree } {
  if ((given === undefined) === (fraction === undefined)) {
    throw new TypeError("validation: need either data or fraction, got both or neither.");
  }
  if (given !== undefined) return { training: data, held: given };
  const n = exampleCount("train", data);
  const count = Math.round(n * fraction!);
  if (!(fraction! > 0 && count >= 1 && count < n)) {
    throw new RangeError(`validation: fraction must leave examples on both sides of ${n}, got ${fraction}.`);
  }
  const order = permutation(n, randomWords(seed, [splitStream, 0]));
  const take = (indices: Uint32Array) => mapTensors(data, (tensor) => rows(tensor, indices));
  return { training: take(order.slice(count).sort()), held: take(order.slice(0, count).sort()) };
}

export function makeValidation<Batch>(
  objective: Objective<Batch>,
  data: TensorTree,
  options: ValidationOptions,
  { chunk, epoch, batchOf }: { chunk: number; epoch: number; batchOf(chunk: TensorTree): Batch },
): Validation {
  const { every = epoch, patience = Infinity } = options;
  requireInteger("validation", "every", every, 1);
  if (patience !== Infinity) requireInteger("validation", "patience", patience, 1);
  const n = exampleCount("validation", data);
  let best: Best | undefined;
  let idle = 0;
  return {
    async after(step, parameters) {
      if (step % every !== 0) return undefined;
      let sum = 0;
      for (const tree of chunks(data, n, Math.min(chunk, n))) {
        const batch = batchOf(tree);
        const examples = objective.examples(batch);
        const { value, losses } = await objective.value(parameters, batch);
        // Without the penalty, where there is a loss for each example.
        if (losses?.length === examples) for (const loss of losses) sum += loss;
        else sum += examples * value;
      }
      const loss = sum / n;
      idle++;
      if (loss < (best?.loss ?? Infinity)) {
        best = { loss, step, parameters };
        idle = 0;
      }
      return loss;
    },
    get best() {
      return best;
    },
    get exhausted() {
      return idle >= patience;
    },
    state: () => ({
      scalars: { idle, ...(best && { loss: best.loss, step: best.step }) },
      vectors: { ...(best && { parameters: best.parameters }) },
    }),
    restore({ scalars, vectors }) {
      idle = scalars.idle;
      best = vectors.parameters && { loss: scalars.loss, step: scalars.step, parameters: vectors.parameters };
    },
  };
}
