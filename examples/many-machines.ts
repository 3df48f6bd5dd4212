/**
 * The same program on every rank of an MPI job, each with its part of every batch: mpirun -n 2 npm run example many-machines
 * Needs Open MPI or MPICH and the package koffi. Four fixed shards: 1, 2 and 4 ranks print the same digits.
 */
import { fit, losses, mlp, supervised } from "quadric";
import { mpi, onnx } from "quadric/node";

// Points in a square, coloured as a chessboard of 3×3 fields. Every rank has all of them; it reads what it needs.
const n = 2048;
const points = Float32Array.from(
  { length: 2 * n },
  (_, k) => (3 * ((k + 1) * (k % 2 ? 0.7548776662 : 0.569840291))) % 3,
);
const colours = Int32Array.from(
  { length: n },
  (_, i) => (Math.floor(points[2 * i]) + Math.floor(points[2 * i + 1])) % 2,
);
const data = { x: { shape: [n, 2], data: points }, y: { shape: [n], data: colours } };

const reducer = await mpi({ shards: 4 });
const network = mlp([2, 32, 32, 2], { activation: "tanh" });
const { history, counts } = await fit(supervised(network, losses.crossEntropy), data, {
  reducer,
  backend: onnx(),
  batchSize: 512,
  steps: 60,
  seed: 1,
});

if (reducer.rank === 0) {
  const { calls, bytes } = reducer.communication;
  console.log(
    `loss ${history[0].loss.toFixed(3)} → ${history.at(-1)!.loss}, ${counts.backprops} backprops on ${reducer.size} ranks`,
  );
  console.log(`${calls} messages, ${(bytes / 1e6).toFixed(1)} MB from each rank`);
}
