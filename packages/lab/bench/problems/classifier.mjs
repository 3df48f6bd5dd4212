/**
 * What the classifiers share: cross-entropy on Fashion-MNIST; loss on the first 10,000 training images, accuracy on all
 * of the test.
 */
import { compileObjective, losses, supervised } from "quadric";
import { rows } from "quadric/data";
import { fashionMnist } from "./fashion.mjs";
import { meanLoss } from "./mean-loss.mjs";

const chunk = 1000;
const chunksOf = (data, n) =>
  Array.from({ length: n / chunk }, (_, k) => {
    const indices = Int32Array.from({ length: chunk }, (_, i) => k * chunk + i);
    return { x: rows(data.x, indices), y: rows(data.y, indices) };
  });

export function classifier(network, { shape, ...rest }) {
  const { train, test } = fashionMnist(shape);
  const monitored = chunksOf(train, 10_000);
  const held = chunksOf(test, 10_000);
  return {
    dtype: "float32",
    data: train,
    objective: (seed, backend) => compileObjective(supervised(network, losses.crossEntropy, { seed }), { backend }),
    loss: (objective, w) => meanLoss(objective, w, monitored),
    test: {
      name: "test accuracy",
      async measure(objective, w) {
        let right = 0;
        for (const batch of held) {
          const { data, shape } = await objective.predict(w, batch);
          const k = shape[1];
          for (let i = 0; i < chunk; i++) {
            let best = 0;
            for (let j = 1; j < k; j++) if (data[i * k + j] > data[i * k + best]) best = j;
            right += Number(best === batch.y.data[i]);
          }
        }
        return right / (held.length * chunk);
      },
    },
    ...rest,
  };
}
