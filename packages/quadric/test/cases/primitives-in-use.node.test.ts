/** Losses that take a factor, a sort, a transform or random numbers, trained against answers from elsewhere. */
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { gaussianProcessLoss } from "../../../../examples/models/gaussian-process.ts";
import { quantileDeviation, quantileIntercept } from "../../../../examples/models/quantile-regression.ts";
import { spectralDerivative } from "../../../../examples/models/spectral-derivative.ts";
import { variationalAutoencoder } from "../../../../examples/models/variational-autoencoder.ts";
import type { Backend } from "../../src/compiler/backends/backend.ts";
import { onnx } from "../../src/compiler/backends/onnx/node.ts";
import { adam, compileObjective, fit, minimize, mlp, schedules, wasm } from "../../src/index.ts";
import "../helpers/matchers.ts";

const backends: readonly (readonly [string, () => Backend])[] = [
  ["wasm", () => wasm()],
  ["onnx", () => onnx()],
];

/** The fractional parts of large multiples of sines, in (−1, 1). */
const noise = (n: number, seed: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => {
    const t = Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453;
    return 2 * (t - Math.floor(t)) - 1;
  });

const array = (values: Float64Array): np.Array => np.array(values as Float64Array<ArrayBuffer>, { dtype: np.float64 });

describe.each(backends)("in %s", (_name, backend) => {
  test("the hyperparameters of a Gaussian process are those of scikit-learn", async () => {
    const n = 20;
    const x = Float64Array.from({ length: n }, (_, i) => (4 * i) / (n - 1));
    const bumps = noise(n, 1);
    const y = x.map((at, i) => Math.sin(2 * at) + 0.3 * bumps[i]);
    const problem = (params: { amplitude: np.Array; length: np.Array; noise: np.Array }) =>
      gaussianProcessLoss(params, { x: array(x), y: array(y) });
    const start = () => ({ amplitude: np.array(0), length: np.array(0), noise: np.array(0) });
    const options = { backend: backend(), dtype: "float64" as const };
    const objective = await compileObjective({ loss: problem, params: start() }, options);
    const { value } = await objective.value(objective.initial, []);
    objective.dispose();
    // −multivariate_normal.logpdf of SciPy 1.10 there, and its minimum by Nelder–Mead, which scikit-learn 1.2's
    // GaussianProcessRegressor finds too.
    expect(value).toBeAllclose(23.898816080673896, { relative: 1e-12 });
    const result = await minimize(problem, start(), options);
    expect(result.status).toBe("converged");
    expect(result.value).toBeAllclose(2.4315082796654988, { relative: 1e-10 });
    const { amplitude, length, noise: width } = result.x;
    const found = [amplitude, length, width].map((a) => a.dataSync()[0]);
    expect(found).toBeAllclose([-0.1743633494386092, -0.3084873100257727, -2.0019979883390926], { relative: 1e-5 });
  });

  test("a quantile regression comes to the optimum of its linear program", async () => {
    const n = 50;
    const tau = 0.9;
    const x = Float64Array.from({ length: n }, (_, i) => (i + 0.5) / n);
    const bumps = noise(n, 2);
    const y = x.map((at, i) => 1 + 2 * at + (0.2 + at) * bumps[i]);
    const data = { x: { shape: [n, 1], data: x }, y: { shape: [n], data: y } };
    const problem = { loss: quantileDeviation(tau), params: { slope: np.zeros([1]) } };
    // linprog of SciPy 1.10, method "highs"; scikit-learn's QuantileRegressor has the same.
    const exact = { intercept: 1.1503449337351412, slope: 2.9082806618363484, loss: 0.059878229172129524 };
    const objective = await compileObjective(problem, { backend: backend(), dtype: "float64" });
    const { value } = await objective.value(Float64Array.of(exact.slope), data);
    objective.dispose();
    expect(value).toBeAllclose(exact.loss, { relative: 1e-12 });
    const optimizer = adam({ learningRate: schedules.cosine({ rate: 0.2, final: 1e-3, steps: 200 }) });
    const { params } = await fit(problem, data, { backend: backend(), dtype: "float64", optimizer, steps: 200 });
    expect(params.slope.ref.dataSync()[0]).toBeAllclose(exact.slope, { relative: 1e-3 });
    const intercept = quantileIntercept(tau, params, { x: array(x).reshape([n, 1]), y: array(y) });
    expect(intercept.dataSync()[0]).toBeAllclose(exact.intercept, { relative: 1e-3 });
  });

  test("a network solves −u″ + u + u³ = f on a circle by its Fourier series", async () => {
    const n = 24;
    const at = Float64Array.from({ length: n }, (_, i) => (2 * Math.PI * i) / n);
    const solution = at.map((x) => Math.sin(x) + 0.5 * Math.cos(2 * x));
    const force = at.map((x, i) => Math.sin(x) + 2 * Math.cos(2 * x) + solution[i] + solution[i] ** 3);
    const places = Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 ? Math.sin : Math.cos)(at[i >> 1]));
    const network = mlp([2, 12, 1], { activation: "tanh" });
    type Params = ReturnType<typeof network.init>;
    const field = (params: Params) => network.apply(params, array(places).reshape([n, 2])).reshape([n]);
    const loss = (params: Params) => {
      const u = field(params);
      const residual = spectralDerivative(u.ref, 2).neg().add(u.ref).add(np.power(u, 3)).sub(array(force));
      return np.square(residual).mean();
    };
    const options = { backend: backend(), dtype: "float64", method: "tr-steihaug", maxIterations: 80 } as const;
    const { x, value } = await minimize(loss, network.init(0), options);
    expect(value).toBeLessThan(1e-6);
    expect(field(x).dataSync()).toBeAllclose(solution, { relative: 1e-3 }); // the root of the loss
  });

  test("a linear variational autoencoder has the likelihood of probabilistic principal components", async () => {
    const [n, d] = [200, 4];
    const z = noise(n, 3).map((t) => 1.5 * t);
    const rest = noise(n * d, 4).map((t) => 0.3 * t);
    const x = rest.map((t, i) => z[Math.floor(i / d)] * [1, -0.8, 0.5, 0.3][i % d] + t + [0.5, 0, -1, 2][i % d]);
    const keys = Int32Array.from({ length: 2 * n }, (_, i) => i);
    const data = { x: { shape: [n, d], data: x }, key: { shape: [n, 2], data: keys } };
    const problem = variationalAutoencoder(mlp([d, 2]), mlp([1, d]), 1);
    const optimizer = adam({ learningRate: schedules.cosine({ rate: 0.05, final: 1e-3, steps: 400 }) });
    const run = await fit(problem, data, { backend: backend(), optimizer, batchSize: n, steps: 400, keys: "key" });
    // The exact −log N(x; c, WWᵀ + σ²I), mean over the examples.
    const [{ weight, bias }] = run.params.decoder as { weight: np.Array; bias: np.Array }[];
    const sigma = Math.exp(run.params.noise.dataSync()[0]);
    const covariance = np.matmul(np.matrixTranspose(weight.ref), weight).add(np.eye(d).mul(sigma ** 2));
    const centred = np.array(Float32Array.from(x), { shape: [n, d] }).sub(bias);
    const [, logarithm] = np.linalg.slogdet(covariance.ref);
    const quadratic = np.matmul(centred.ref, np.linalg.inv(covariance)).mul(centred).sum().dataSync()[0] / n;
    const likelihood = (d * Math.log(2 * Math.PI) + logarithm.dataSync()[0] + quadratic) / 2;
    // From the eigenvalues of the data's covariance, by NumPy. One sample an example and step leave one per cent of it.
    expect(likelihood).toBeGreaterThan(0.6408484838999025 - 1e-5);
    expect(likelihood).toBeLessThan(0.6408484838999025 + 0.01);
  });
});
