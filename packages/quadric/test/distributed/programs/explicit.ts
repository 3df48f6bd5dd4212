/** Explicit Gauss–Newton on the ranks of a job. Rank 0 prints the losses of all steps and the parameters at the end. */
import { mpi } from "../../../src/distributed/mpi-reducer.ts";
import { compileObjective, gaussNewton, losses, mlp, supervised, train } from "../../../src/index.ts";
import { onnx } from "../../../src/node.ts";

const reducer = await mpi({ shards: Number(process.argv[2]), timeout: 100 });
const n = 64;
const x = Float64Array.from({ length: n }, (_, i) => (2 * i) / n - 1);
const data = { x: { shape: [n, 1], data: x }, y: { shape: [n, 1], data: x.map((x) => Math.sin(3 * x)) } };
const objective = await compileObjective(supervised(mlp([1, 8, 1]), losses.squaredError), {
  dtype: "float64",
  backend: onnx({ threads: 1 }),
});
const { history, parameters } = await train(objective, objective.initial, data, {
  ...{ optimizer: gaussNewton(), batchSize: n, steps: 12, reducer },
});
objective.dispose();
if (reducer.rank === 0) {
  console.log(JSON.stringify({ losses: history.map(({ loss }) => loss), parameters: [...parameters] }));
}
