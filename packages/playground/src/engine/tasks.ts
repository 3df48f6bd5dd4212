/** The training tasks: a problem, its data, and how its network is looked at. */
import { losses, type ModelProblem, mlp, supervised, type Tensor, type TensorTree } from "quadric";
import type { TaskName } from "../tasks.ts";
import { digits } from "./digits.ts";
import { accuracy, classesOf, rootMeanSquare } from "./measures.ts";
import { type Picture, planeColumns, type Scene } from "./scene.ts";
import { spirals } from "./spirals.ts";

export interface Task {
  readonly problem: ModelProblem;
  readonly data: TensorTree;
  /** What no run learns from, to see how well it predicts. */
  readonly heldOut?: TensorTree;
  readonly batchSize: number;
  readonly scene: Scene;
  /** What the network is shown for a picture. */
  readonly sight: TensorTree;
  picture(outputs: Tensor): Picture;
}

export const makeTask: Readonly<Record<TaskName, (seed: number) => Task | Promise<Task>>> = {
  spiral,
  curve,
  digits: reading,
};

function spiral(seed: number): Task {
  const n = 200;
  const reach = 2.2;
  const data = spirals(n);
  const points = data.x.data as Float32Array;
  const labels = data.y.data as Int32Array;
  const cells = planeColumns * planeColumns;
  // The grid, and after it the examples themselves, for the accuracy.
  const grid = new Float32Array(2 * (cells + n));
  for (let k = 0; k < cells; k++) {
    grid[2 * k] = reach * ((2 * ((k % planeColumns) + 0.5)) / planeColumns - 1);
    grid[2 * k + 1] = -reach * ((2 * (Math.floor(k / planeColumns) + 0.5)) / planeColumns - 1);
  }
  grid.set(points, 2 * cells);
  return {
    problem: supervised(mlp([2, 16, 16, 2]), losses.crossEntropy, { seed }),
    data,
    batchSize: n,
    scene: { kind: "plane", points, labels, reach },
    sight: { x: { shape: [cells + n, 2], data: grid }, y: { shape: [cells + n], data: new Int32Array(cells + n) } },
    picture({ data: z }) {
      const values = Float32Array.from({ length: cells }, (_, k) => 1 / (1 + Math.exp(z[2 * k] - z[2 * k + 1])));
      return { values, measure: accuracy(classesOf(z.subarray(2 * cells), 2), labels) };
    },
  };
}

const shown = 160;

/** Twice as many parameters as samples, so that a network can learn the noise by heart; as many again are held out. */
function curve(seed: number): Task {
  const n = 50;
  const truth = (x: number) => Math.sin(3 * x) + 0.4 * Math.sin(8 * x);
  const noise = gaussian(seed);
  const [samples, others] = [0.25, 0.75].map((offset) =>
    Array.from({ length: n }, (_, i) => {
      const x = -1.5 + (3 * (i + offset)) / n;
      return [x, truth(x) + 0.3 * noise()] as const;
    }),
  );
  const x = Float32Array.from({ length: shown }, (_, i) => -1.5 + (3 * i) / (shown - 1));
  const expected = x.map(truth);
  const columns = (pairs: typeof samples) => ({ x: column(pairs.map(([x]) => x)), y: column(pairs.map(([, y]) => y)) });
  return {
    problem: supervised(mlp([1, 16, 16, 1]), losses.squaredError, { seed }),
    data: columns(samples),
    heldOut: columns(others),
    batchSize: n,
    scene: { kind: "curve", x, truth: expected, samples },
    sight: { x: column(x), y: column(expected) },
    picture: ({ data }) => {
      const values = Float32Array.from(data);
      return { values, measure: rootMeanSquare(values, expected) };
    },
  };
}

async function reading(seed: number): Promise<Task> {
  const { train, test, pixels } = await digits();
  const labels = test.y.data as Int32Array;
  return {
    problem: supervised(mlp([64, 32, 10]), losses.crossEntropy, { seed }),
    data: train,
    heldOut: test,
    batchSize: 512,
    scene: { kind: "images", side: 8, pixels, labels },
    sight: test,
    picture: ({ data }) => {
      const values = classesOf(data, 10);
      return { values, measure: accuracy(values, labels) };
    },
  };
}

function column(values: ArrayLike<number>): Tensor {
  return { shape: [values.length, 1], data: Float32Array.from(values) };
}

/** Normal numbers by Box and Muller from a small congruential generator: for pictures, not for statistics. */
function gaussian(seed: number): () => number {
  let state = (seed + 1) >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
