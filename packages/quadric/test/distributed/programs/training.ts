/**
 * Runs of `train` on the ranks of a job, one after the other: an argument of JSON for each. Rank 0 prints a line of
 * JSON for each: the losses of all steps, a checksum of the final parameters, what it cost and what was sent.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parseIdx, rows } from "../../../src/data.ts";
import { mpi } from "../../../src/distributed/mpi-reducer.ts";
import {
  type Counts,
  type CurvatureKind,
  cdat,
  compileObjective,
  type Dtype,
  losses,
  mlp,
  norms,
  regularizers,
  steepestDescent,
  supervised,
  train,
  trustRegion,
} from "../../../src/index.ts";
import { fileCheckpoints, onnx } from "../../../src/node.ts";
import type { Communication } from "../../../src/training/reducer.ts";

/** What rank 0 prints. */
export interface Answer {
  readonly losses: readonly number[];
  readonly standardErrors: readonly number[];
  readonly validation: readonly number[];
  readonly parameters: string;
  readonly counts: Counts;
  readonly communication: Communication;
}

interface Sizes {
  /** Defaults to the number of ranks. */
  readonly shards?: number;
  /** How many images; defaults to 1,024. */
  readonly examples?: number;
}

interface Settings {
  /** Units of the hidden layer; defaults to 16. */
  readonly hidden?: number;
  readonly curvature: CurvatureKind;
  /** Relaxed Cauchy steps instead of solves. */
  readonly relaxed?: boolean;
  readonly dtype: Dtype;
  readonly steps: number;
  /** A folder to save to after every step and to resume from. */
  readonly checkpoints?: string;
  /** Which rank kills itself after which step. */
  readonly kill?: { readonly rank: number; readonly step: number };
}

const [{ shards, examples = 1024 }, ...runs]: [Sizes, ...Settings[]] = JSON.parse(process.argv[2]);
const reducer = await mpi({ shards, timeout: 100 });

// Some of the test images, which are as good for this as all the training images.
const read = (name: string) =>
  parseIdx(gunzipSync(readFileSync(`/usr/share/datasets/fashion-mnist/t10k-${name}-ubyte.gz`)));
const first = Uint32Array.from({ length: examples }, (_, i) => i);
const images = rows(read("images-idx3"), first);
const labels = rows(read("labels-idx1"), first);
const data = {
  x: { shape: [examples, 784], data: Float32Array.from(images.data, (pixel) => pixel / 255) },
  y: labels,
};

for (const { hidden = 16, curvature, relaxed, dtype, steps, checkpoints, kill } of runs) {
  const problem = { ...supervised(mlp([784, hidden, 10]), losses.crossEntropy), regularizer: regularizers.l2(1e-4) };
  const compiled = await compileObjective(problem, { dtype, backend: onnx({ threads: 1 }) });
  let evaluations = 0;
  const value: typeof compiled.value = (w, batch) => {
    if (reducer.rank === kill?.rank && ++evaluations > kill.step) process.kill(process.pid, "SIGKILL");
    return compiled.value(w, batch);
  };
  const { parameters, counts, history } = await train({ ...compiled, value }, compiled.initial, data, {
    optimizer: relaxed
      ? steepestDescent({
          norm: norms.adam({ beta: 0.99 }),
          momentum: 0.9,
          learningRate: cdat({ curvature, every: 2 }),
          averageIterates: true,
          rollback: true,
        })
      : trustRegion({ norm: norms.rmsprop(), curvature, subproblem: { maxProducts: 10 } }),
    // Not a multiple of 3, nor of 8.
    batchSize: 250,
    steps,
    validation: { data, every: 3, keepBest: false },
    reducer,
    ...(checkpoints && { checkpoint: { store: fileCheckpoints(checkpoints), every: 1 } }),
  });
  compiled.dispose();
  if (reducer.rank > 0) continue;
  const answer: Answer = {
    losses: history.map(({ loss }) => loss),
    standardErrors: history.map(({ decreaseStandardError = 0 }) => decreaseStandardError),
    validation: history.flatMap(({ validationLoss }) => validationLoss ?? []),
    parameters: createHash("sha256")
      .update(new Uint8Array(parameters.buffer, 0, parameters.byteLength))
      .digest("hex"),
    counts,
    communication: { ...reducer.communication },
  };
  console.log(JSON.stringify(answer));
}
