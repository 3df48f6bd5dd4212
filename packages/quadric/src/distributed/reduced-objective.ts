/**
 * An objective whose batches lie on many ranks. Value, gradient and products are sums over examples, so
 *
 *   g = Σ_i (b_i/b)·g_i     Bv = Σ_i (b_i/b)·B_i·v     L = (1/b) Σ ℓ_j + R
 *
 * Symbols: b examples of the batch, b_i of shard i, g_i gradient and B_i curvature of the local objective on shard i,
 * ℓ_j loss of one example, R regularizer. The weights add up to one, so R is in g and B once.
 *
 * Everything that belongs to one point travels in one message. It holds the weighted gradient, the losses of all
 * examples (each rank fills its own places, the others hold zero, and x + 0 is exact) and R from the first shard. The
 * mean is then taken in float64 in the order of the batch, on every rank alike: rounding enters through gradients and
 * products only. What a product needs of the point stays on each rank; its message is the product alone. A whole solve
 * cuts its vectors among the ranks (sharded-steihaug.ts).
 */
import type { LinearOperator } from "../curvature/operator.ts";
import { norms } from "../norm/norms.ts";
import { makeLedger } from "../objective/ledger.ts";
import type {
  Evaluation,
  JacobianEvaluation,
  JacobianLimit,
  Linearization,
  NormalEvaluation,
  Objective,
} from "../objective/objective.ts";
import type { Model, SubproblemOptions } from "../subproblem/solver.ts";
import { type SteihaugProblem, solveSteihaug } from "../subproblem/steihaug/solve.ts";
import { steihaug } from "../subproblem/steihaug/steihaug.ts";
import type { Communicator, Shard, ShardedBatch } from "../training/reducer.ts";
import { axpy, scale } from "../vector/kernels.ts";
import type { TensorTree } from "../vector/tensor.ts";
import { type Dtype, type Vector, zeros } from "../vector/vector.ts";
import { normalLength, packNormal, requireNormal, unpackNormal } from "./reduced-jacobian.ts";
import { type ShardedModel, type SolveMemory, shardedSteihaug } from "./sharded-steihaug.ts";

/** Places of R in a message, which holds more digits than one float32. */
const penaltyPlaces = 2;

/** From this many parameters on, passes over whole vectors cost more than the messages that cutting them takes. */
const slicedFrom = 2 ** 17;

/** Messages about one point: some vector, the losses of all examples, and R. */
function makeMessages(dtype: Dtype, communicator: Communicator) {
  /** Completes a message whose first `length − b − 2` places are filled, sends it and reads the evaluation from it. */
  async function evaluation(message: Vector, { examples, shards }: ShardedBatch, own: readonly Evaluation[]) {
    const losses = message.subarray(message.length - penaltyPlaces - examples, message.length - penaltyPlaces);
    losses.fill(0);
    own.forEach((evaluation, i) => {
      losses.set(lossesOf(evaluation), shards[i].start);
    });
    const R = communicator.rank === 0 ? own[0].value - mean(lossesOf(own[0])) : 0;
    message[message.length - 2] = R;
    message[message.length - 1] = R - message[message.length - 2];
    await communicator.sum(message);
    return { value: mean(losses) + message[message.length - 2] + message[message.length - 1], losses: losses.slice() };
  }

  const emptyMessage = (head: number, batch: ShardedBatch, out?: Vector): Vector => {
    const length = head + batch.examples + penaltyPlaces;
    const memory = out?.buffer as ArrayBuffer | undefined;
    if (memory?.byteLength !== length * (dtype === "float32" ? 4 : 8)) return zeros(length, dtype);
    return dtype === "float32" ? new Float32Array(memory) : new Float64Array(memory);
  };

  return { evaluation, emptyMessage };
}

/** @param local - the same problem, evaluated on this rank's shards; stays the caller's, with its own counts. */
export function reducedObjective(local: Objective<TensorTree>, communicator: Communicator): Objective<ShardedBatch> {
  const { layout, dtype } = local;
  const d = layout.size;
  const ledger = makeLedger();
  const { evaluation, emptyMessage } = makeMessages(dtype, communicator);
  let memory: SliceMemory | undefined;
  /** Of a linearization that is disposed. */
  let spent: Vector | undefined;

  return {
    layout,
    dtype,
    ledger,
    retainsNothing: local.retainsNothing,
    preferredCurvature: local.preferredCurvature,
    examples: (batch) => batch.examples,

    async prepare(batch, uses) {
      for (const shard of batch.shards) await local.prepare?.(shard.batch, uses && { ...uses, solve: undefined });
    },

    async value(w, batch) {
      const own: Evaluation[] = [];
      for (const shard of batch.shards) own.push(await local.value(w, shard.batch));
      const result = await evaluation(emptyMessage(0, batch), batch, own);
      ledger.book("values", batch.examples);
      return result;
    },

    async gradient(w, batch, out) {
      requireFull(batch, communicator);
      const message = emptyMessage(d, batch, out);
      const own: Evaluation[] = [];
      await treeSum(batch.shards, message.subarray(0, d), async (shard, into) => {
        const { gradient, ...rest } = await local.gradient(w, shard.batch, into);
        own.push(rest);
        if (gradient !== into) into.set(gradient);
        scale(shard.examples / batch.examples, into);
      });
      const result = await evaluation(message, batch, own);
      ledger.book("gradients", batch.examples);
      return { ...result, gradient: message.subarray(0, d) };
    },

    async linearize(w, batch, kind): Promise<Linearization> {
      requireFull(batch, communicator);
      const own = new Map<Shard, Linearization>();
      for (const shard of batch.shards) own.set(shard, await local.linearize(w, shard.batch, kind));
      const message = emptyMessage(d, batch, spent);
      spent = undefined;
      await treeSum(batch.shards, message.subarray(0, d), async (shard, into) => {
        into.set(own.get(shard)!.gradient);
        scale(shard.examples / batch.examples, into);
      });
      const result = await evaluation(message, batch, [...own.values()]);
      ledger.book("gradients", batch.examples);
      const gradient = message.subarray(0, d);
      // Equal shards need no weights.
      const multiply: PartialProduct = async (v, product) => {
        await treeSum(batch.shards, product, async (shard, into) => {
          const local = await own.get(shard)!.curvature.multiply(v, into);
          if (local !== into) into.set(local);
          const weight = (shard.examples / batch.examples) * communicator.shards;
          if (weight !== 1) scale(weight, into);
        });
        ledger.book(kind === "hessian" ? "hvps" : "ggnvps", batch.examples);
      };
      const curvature = summedOperator(d, dtype, multiply, communicator);
      return {
        ...result,
        gradient,
        curvature,
        ...(d >= slicedFrom && {
          solve(diagonal: Float64Array, options: SubproblemOptions, g: Vector = gradient) {
            const whole: Model = { gradient: g, norm: norms.diagonal(diagonal), multiply: curvature.multiply };
            if (options.preconditioner) return steihaug({ ...whole, ...options });
            memory ??= { p: zeros(d, dtype), q: zeros(d, dtype), step: zeros(d, dtype) };
            return slicedSolve({ whole, diagonal, multiply, communicator, memory }, options);
          },
        }),
        dispose() {
          for (const linearization of own.values()) linearization.dispose();
          if (own.size > 0) spent = message;
          own.clear();
        },
      };
    },

    ...(local.jacobian && {
      matrices: local.matrices,
      async jacobian(w: Vector, batch: ShardedBatch, limit: JacobianLimit = {}) {
        requireFull(batch, communicator);
        requireNormal(d, dtype, limit);
        const length = normalLength(d);
        const message = emptyMessage(length, batch);
        const before = local.ledger.counts();
        const own: (JacobianEvaluation | NormalEvaluation)[] = [];
        for (const { batch: part } of batch.shards) {
          const evaluation = await local.jacobian!(w, part, { ...limit, changes: false });
          if (evaluation === undefined) return undefined;
          own.push(evaluation);
        }
        const passes = (local.ledger.counts().gradients - before.gradients) / batch.shards.length;
        let next = 0;
        await treeSum(batch.shards, message.subarray(0, length), ({ examples }, into) =>
          packNormal(own[next++], into, { d, weight: examples / batch.examples, engine: local.matrices }),
        );
        const result = await evaluation(message, batch, own);
        ledger.book("gradients", batch.examples, passes);
        return { ...result, ...unpackNormal(message, d, dtype, own[0].penalty) };
      },
    }),

    dispose() {},
  };
}

/** Of S·Bv this rank's summand, into the second vector. */
type PartialProduct = (v: Vector, product: Vector) => Promise<void>;

/** B of the whole batch, from the summands of the ranks. */
function summedOperator(d: number, dtype: Dtype, multiply: PartialProduct, communicator: Communicator): LinearOperator {
  return {
    size: d,
    dtype,
    async multiply(v, product = zeros(d, dtype)) {
      await multiply(v, product);
      await communicator.sum(product);
      scale(1 / communicator.shards, product);
      return product;
    },
  };
}

type SliceMemory = SolveMemory & { readonly q: Vector };

interface SlicedModel {
  readonly whole: Model;
  readonly diagonal: Float64Array;
  readonly multiply: PartialProduct;
  readonly communicator: Communicator;
  readonly memory: SliceMemory;
}

/** A solve whose vectors are cut among the ranks. */
function slicedSolve(
  { whole, diagonal, multiply, communicator, memory: { q, ...loop } }: SlicedModel,
  options: SubproblemOptions,
) {
  const model: ShardedModel = {
    gradient: whole.gradient,
    diagonal,
    async multiply(p) {
      await multiply(p, q);
      const part = await communicator.reduceScatter(q);
      scale(1 / communicator.shards, part);
      return part;
    },
  };
  const run: SteihaugProblem["run"] = (settings, rule) => shardedSteihaug(model, settings, rule, communicator, loop);
  return solveSteihaug({ gradient: whole.gradient, run, model: () => whole }, options);
}

/** The sum of what `fill` makes of each shard, as a balanced tree: ((0 + 1) + (2 + 3)) + … */
async function treeSum(
  shards: readonly Shard[],
  into: Vector,
  fill: (shard: Shard, into: Vector) => Promise<void>,
): Promise<void> {
  if (shards.length === 1) return fill(shards[0], into);
  const half = shards.length / 2;
  await treeSum(shards.slice(0, half), into, fill);
  const right = into.slice();
  await treeSum(shards.slice(half), right, fill);
  axpy(1, right, into);
}

function mean(losses: Vector): number {
  let sum = 0;
  for (const loss of losses) sum += loss;
  return (1 / losses.length) * sum;
}

function lossesOf({ losses }: Evaluation): Vector {
  if (losses) return losses;
  throw new TypeError(
    "reducer: the loss must return one value an example [b], got one scalar: it cannot be taken apart for many machines.",
  );
}

/** Curvature and gradients are asked of training batches, of which every shard must have a part. */
function requireFull({ examples }: ShardedBatch, { shards }: Communicator): void {
  if (examples >= shards) return;
  throw new RangeError(`reducer: a batch must hold an example for each of the ${shards} shards, got ${examples}.`);
}
