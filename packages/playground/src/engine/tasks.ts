/** The training tasks: a problem, its data, and how its network is looked at. */
import { jvp, numpy as np, tree } from "@jax-js/jax";
import { losses, type ModelProblem, mlp, supervised, type Tensor, type TensorTree } from "quadric";
import type { TaskName } from "../tasks.ts";
import { digits } from "./digits.ts";
import { accuracy, classesOf, rootMeanSquare } from "./measures.ts";
import { type Picture, planeColumns, type Scene } from "./scene.ts";
import { spirals } from "./spirals.ts";

export interface Task {
  readonly problem: ModelProblem;
  readonly data: TensorTree;
  readonly batchSize: number;
  readonly scene: Scene;
  /** What the network is shown for a picture. */
  readonly sight: TensorTree;
  picture(outputs: Tensor): Picture;
}

export const makeTask: Readonly<Record<TaskName, (seed: number) => Task | Promise<Task>>> = {
  spiral,
  curve,
  poisson,
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

function curve(seed: number): Task {
  const n = 120;
  const truth = (x: number) => Math.sin(3 * x) + 0.4 * Math.sin(11 * x);
  const noise = gaussian(seed);
  const samples = Array.from({ length: n }, (_, i) => {
    const x = -1.5 + (3 * (i + 0.5)) / n;
    return [x, truth(x) + 0.1 * noise()] as const;
  });
  const x = Float32Array.from({ length: shown }, (_, i) => -1.5 + (3 * i) / (shown - 1));
  const expected = x.map(truth);
  return {
    problem: supervised(mlp([1, 16, 16, 1]), losses.squaredError, { seed }),
    data: { x: column(samples.map((s) => s[0])), y: column(samples.map((s) => s[1])) },
    batchSize: n,
    scene: { kind: "curve", x, truth: expected, samples },
    sight: { x: column(x), y: column(expected) },
    picture: ({ data }) => {
      const values = Float32Array.from(data);
      return { values, measure: rootMeanSquare(values, expected) };
    },
  };
}

type Field = (x: np.Array) => np.Array;

const derivative =
  (f: Field): Field =>
  (x) =>
    jvp(f, [x], [np.onesLike(x.ref)])[1];

/** u(x) = x(1 − x)·N(x) holds the boundary values; the outputs are u and u″, the loss of a point (u″ + k² sin kx)². */
function poisson(seed: number): Task {
  const n = 64;
  const k = 2 * Math.PI;
  const network = mlp([1, 16, 16, 1]);
  const x = Float32Array.from({ length: shown }, (_, i) => i / (shown - 1));
  const truth = x.map((at) => Math.sin(k * at));
  return {
    problem: {
      params: network.init(seed),
      model(params: ReturnType<typeof network.init>, { x }: { x: np.Array }) {
        const u: Field = (at) => at.ref.mul(np.subtract(1, at.ref)).mul(network.apply(tree.ref(params), at));
        const outputs = np.concatenate([u(x.ref), derivative(derivative(u))(x)], 1);
        tree.dispose(params);
        return outputs;
      },
      loss(outputs, { x }: { x: np.Array }) {
        const second = np.matmul(outputs, np.array([[0], [1]]));
        return np.square(second.add(np.sin(x.mul(k)).mul(k * k))).sum(-1);
      },
    } as ModelProblem,
    data: { x: column(Array.from({ length: n }, (_, i) => (i + 0.5) / n)) },
    batchSize: n,
    scene: { kind: "curve", x, truth, samples: [] },
    sight: { x: column(x) },
    picture: ({ data }) => {
      const values = Float32Array.from(x, (_, i) => data[2 * i]);
      return { values, measure: rootMeanSquare(values, truth) };
    },
  };
}

async function reading(seed: number): Promise<Task> {
  const { train, test, pixels } = await digits();
  const labels = test.y.data as Int32Array;
  return {
    problem: supervised(mlp([64, 32, 10]), losses.crossEntropy, { seed }),
    data: train,
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
