/**
 * Fashion-MNIST, 784-200-100-30-100-200-784, logistic units, squared error; loss on the first 10,000 training images.
 */
import { compileObjective, losses, mlp, supervised } from "quadric";
import { rows } from "quadric/data";
import { fashionMnist } from "./fashion.mjs";
import { meanLoss } from "./mean-loss.mjs";

const network = mlp([784, 200, 100, 30, 100, 200, 784], { activation: "tanh" });
const { train, test } = fashionMnist();
const parts = (data) =>
  Array.from({ length: 10 }, (_, k) => ({
    x: rows(
      data.x,
      Int32Array.from({ length: 1000 }, (_, i) => 1000 * k + i),
    ),
  }));
const [monitored, held] = [parts(train), parts(test)];

export default {
  dtype: "float32",
  data: { x: train.x },
  objective: (seed, backend) => compileObjective(supervised(network, losses.meanSquaredError, { seed }), { backend }),
  loss: (objective, w) => meanLoss(objective, w, monitored),
  test: { name: "test loss", measure: (objective, w) => meanLoss(objective, w, held) },
  targets: [0.03, 0.02, 0.015],
};
