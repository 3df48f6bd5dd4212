/**
 * Explicit Gauss–Newton on data: a network 64-64-10 (4,810 parameters) on scikit-learn's digits, full batch, float32, one
 * thread: processor seconds and products to a training loss, compilation excluded. One JSON object a run.
 *
 *   node bench/digits.mjs [--examples 512,1797] [--methods trust-region,gauss-newton] [--seconds 60] [--python python3]
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { fit, gaussNewton, losses, mlp, supervised, trustRegion } from "quadric";
import { onnx } from "quadric/node";
import { processorMs } from "./measure.mjs";

const { values: options } = parseArgs({
  options: {
    examples: { type: "string", default: "512,1797" },
    methods: { type: "string", default: "trust-region,gauss-newton" },
    seconds: { type: "string", default: "60" },
    python: { type: "string", default: "python3" },
  },
});
const script =
  "import json; from sklearn.datasets import load_digits as d; d = d(); print(json.dumps([d.data.tolist(), d.target.tolist()]))";
const { stdout } = spawnSync(options.python, ["-c", script], { encoding: "utf8", maxBuffer: 2 ** 28 });
const [images, labels] = JSON.parse(stdout);
const methods = { "trust-region": () => trustRegion(), "gauss-newton": () => gaussNewton({ maxBytes: 2 ** 31 }) };

for (const n of options.examples.split(",").map(Number)) {
  const data = {
    x: { shape: [n, 64], data: Float32Array.from(images.slice(0, n).flat(), (pixel) => pixel / 16) },
    y: { shape: [n], data: Int32Array.from(labels.slice(0, n)) },
  };
  for (const method of options.methods.split(",")) {
    const marks = [];
    let [begin, next, steps, last] = [processorMs(), 1, 0, undefined];
    await fit(supervised(mlp([64, 64, 10]), losses.crossEntropy), data, {
      optimizer: methods[method](),
      backend: onnx({ threads: 1 }),
      batchSize: n,
      epochs: 1e6,
      callbacks: [
        (event) => {
          steps++;
          last = event;
          const seconds = (processorMs() - begin) / 1000;
          for (; event.loss <= next; next /= 10) {
            marks.push({
              loss: Number(next.toPrecision(1)),
              seconds: Number(seconds.toFixed(2)),
              steps,
              ggnvps: event.counts.ggnvps,
            });
          }
          return next < 1e-4 || seconds > Number(options.seconds) ? "stop" : undefined;
        },
      ],
    });
    const spent = (processorMs() - begin) / 1000;
    console.log(JSON.stringify({ examples: n, method, marks, steps, spent, loss: last.loss }));
  }
}
