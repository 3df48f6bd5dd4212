/** What a committee says, as an ONNX file says it. */
import * as onnx from "onnxruntime-node";
import { expect, test } from "vitest";
import { exportOnnx } from "../../src/compiler/backends/onnx/export.ts";
import { bayesianMlp } from "../../src/evidence/bayesian-mlp.ts";
import { makeRandom } from "../../src/vector/random.ts";

test.each(["squared-error", "poisson", "cross-entropy"] as const)(
  "an ONNX file has the predictions of %s, deviations and bounds of the inputs among them",
  async (loss) => {
    const random = makeRandom(11);
    const [n, p] = [60, 2];
    const x = { shape: [n, p], data: Float64Array.from({ length: n * p }, () => random.normal()) };
    const ring = (i: number) => Math.floor(1.3 * Math.hypot(x.data[p * i], x.data[p * i + 1]));
    const y = { shape: [n], data: Float64Array.from({ length: n }, (_, i) => Math.min(2, ring(i))) };
    const model = await bayesianMlp({ x, y }, { loss, widths: [2], maxSteps: 15, folds: 2 });
    const bytes = await exportOnnx(model.apply, model.params, x, { dtype: "float64" });
    const session = await onnx.InferenceSession.create(bytes);
    const rows = Float64Array.from(x.data, (v) => 2 * v);
    const { output } = await session.run({ input: new onnx.Tensor("float64", rows, [n, p]) });
    const { outputs, deviations } = model.predict({ shape: [n, p], data: rows });
    const k = outputs.shape[1];
    expect(output.dims).toEqual([n, deviations ? 2 : k]);
    for (let at = 0; at < output.data.length; at++) {
      const expected = deviations ? (at % 2 ? deviations : outputs.data)[Math.floor(at / 2)] : outputs.data[at];
      expect(output.data[at]).toBeCloseTo(expected, 8);
    }
  },
);
