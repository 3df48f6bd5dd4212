/**
 * Explicit Gauss–Newton on differential equations with known solutions: error against processor seconds, one JSON
 * object a run.
 *
 *   node bench/gauss-newton.mjs [--problems poisson-257] [--seeds 1] [--seconds 20] [--searches greedy] [--powers 0.5]
 *                               [--momenta 0] [--corrections 2] [--spaces smaller] [--dtype float64]
 *                               [--method gauss-newton|trust-region|ssbroyden|ssbfgs|lbfgs] [--every 1]
 *                               [--method gauss-newton+ssbroyden --seconds 2,20]
 *
 *   poisson-257, poisson-9873   −Δu = 2π² sin πx sin πy on (0,1)², u = 0 at the boundary; nets 2-64-1 and 2-64-64-48-48-1;
 *                               900 points inside, 120 on the boundary; root mean square error on 9,000 points
 *   helmholtz                   Δu + u = q on [−1,1]², u* = sin πx sin 4πy, periodic features; net 4-30-30-30-30-1, 3,000 points;
 *                               relative error on 61 × 61 points
 *
 * --every: the error is evaluated at every so many steps of other methods, 20 or so as theirs are cheap. a+b: b
 * continues where a ended after its seconds.
 *
 * One thread. Data are made on jax-js's cpu device, whose float64 functions are exact; wasm's have float32 accuracy,
 * which ends every run near 7e-8. Times are processor seconds of the process from the first step, compilation included; evaluating
 * the error is not counted. What the columns of the published figures are: docs/decisions.
 */
import { parseArgs } from "node:util";
import { defaultDevice, jvp, numpy as np } from "@jax-js/jax";
import { compileObjective, gaussNewton, lbfgs, minimizeLeastSquares, ssbroyden, trustRegion } from "quadric";
import { onnx } from "quadric/node";
import { makeRandom } from "../packages/quadric/dist/vector/random.js";

const { values: options } = parseArgs({
  options: {
    problems: { type: "string", default: "poisson-257" },
    seeds: { type: "string", default: "1" },
    seconds: { type: "string", default: "20" },
    searches: { type: "string", default: "greedy" },
    powers: { type: "string", default: "0.5" },
    momenta: { type: "string", default: "0" },
    corrections: { type: "string", default: "2" },
    spaces: { type: "string", default: "smaller" },
    dtype: { type: "string", default: "float64" },
    method: { type: "string", default: "gauss-newton" },
    every: { type: "string", default: "1" },
  },
});
defaultDevice("cpu");
const backend = onnx({ threads: 1 });
const float64 = { dtype: np.float64 };

const column = (x, k) => x.slice([], k);
const network = (p, x) => {
  let h = x;
  for (let l = 0; l < p.length; l += 2) {
    h = np.matmul(h, p[l].ref).add(p[l + 1].ref);
    if (l + 2 < p.length) h = np.tanh(h);
  }
  return h.reshape([-1]);
};
/** u and its second derivatives along the axes. */
const secondDerivatives = (u, x) =>
  [0, 1].map((axis) => {
    const e = np
      .zeros(x.shape, float64)
      .add(np.array(new Float64Array(axis === 0 ? [1, 0] : [0, 1]), { shape: [2], ...float64 }));
    const along = (x) => jvp(u, [x], [e.ref])[1];
    return jvp(along, [x.ref], [e.ref])[1];
  });
const points = (data) => np.array(data, { shape: [data.length / 2, 2], ...float64 });
const flat = (params) => params.map((t) => np.array(t.data, { shape: t.shape, ...float64 }));

function poisson(hidden, random) {
  const sizes = [2, ...hidden, 1];
  const start = sizes.slice(1).flatMap((outputs, l) => {
    const bound = 1 / Math.sqrt(sizes[l]);
    const uniform = (shape) => ({
      shape,
      data: Float64Array.from({ length: shape.reduce((a, b) => a * b) }, () => (2 * random.uniform() - 1) * bound),
    });
    return [uniform([sizes[l], outputs]), uniform([outputs])];
  });
  const inside = points(Float64Array.from({ length: 1800 }, random.uniform));
  const edge = points(
    Float64Array.from(
      Array.from({ length: 120 }, (_, i) => {
        const t = random.uniform();
        return [
          [0, t],
          [1, t],
          [t, 0],
          [t, 1],
        ][i % 4];
      }).flat(),
    ),
  );
  const exact = (x) => np.sin(column(x.ref, 0).mul(Math.PI)).mul(np.sin(column(x, 1).mul(Math.PI)));
  const residuals = (p) => {
    const [xx, yy] = secondDerivatives((x) => network(p, x), inside.ref);
    const f = exact(inside.ref).mul(2 * Math.PI ** 2);
    return np.concatenate(
      [
        xx
          .add(yy)
          .neg()
          .sub(f)
          .mul(Math.sqrt(1 / 900)),
        network(p, edge.ref).mul(Math.sqrt(1 / 120)),
      ],
      0,
    );
  };
  const held = points(Float64Array.from({ length: 18000 }, random.uniform));
  const target = exact(held.ref).js();
  const error = (u) => Math.sqrt(u.reduce((sum, v, i) => sum + (v - target[i]) ** 2, 0) / u.length);
  return { start, residuals, predict: (p) => network(p, held.ref), error };
}

function helmholtz(random) {
  const sizes = [4, 30, 30, 30, 30, 1];
  const start = sizes.slice(1).flatMap((outputs, l) => {
    const deviation = Math.sqrt(2 / (sizes[l] + outputs));
    const data = Float64Array.from({ length: sizes[l] * outputs }, () => deviation * random.normal());
    return [
      { shape: [sizes[l], outputs], data },
      { shape: [outputs], data: new Float64Array(outputs) },
    ];
  });
  const net = (p) => (x) => {
    const angle = (k) => column(x.ref, k).add(1).mul(Math.PI);
    const features = [np.cos(angle(0)), np.sin(angle(0)), np.cos(angle(1)), np.sin(angle(1))];
    x.dispose();
    return network(p, np.stack(features, 1));
  };
  const exact = (x) => np.sin(column(x.ref, 0).mul(Math.PI)).mul(np.sin(column(x, 1).mul(4 * Math.PI)));
  const inside = points(Float64Array.from({ length: 6000 }, () => 2 * random.uniform() - 1));
  const residuals = (p) => {
    const u = net(p);
    const [xx, yy] = secondDerivatives(u, inside.ref);
    const q = exact(inside.ref).mul(1 - 17 * Math.PI ** 2);
    return xx
      .add(yy)
      .add(u(inside.ref))
      .sub(q)
      .mul(Math.sqrt(1 / 3000));
  };
  const held = points(
    Float64Array.from({ length: 3721 * 2 }, (_, k) =>
      k % 2 === 0 ? -1 + Math.floor(k / 122) / 30 : -1 + ((k >> 1) % 61) / 30 + 0.003,
    ),
  );
  const target = exact(held.ref).js();
  const size = Math.sqrt(target.reduce((sum, v) => sum + v * v, 0));
  const error = (u) => Math.sqrt(u.reduce((sum, v, i) => sum + (v - target[i]) ** 2, 0)) / size;
  return { start, residuals, predict: (p) => net(p)(held.ref), error };
}

const problems = {
  "poisson-257": (random) => poisson([64], random),
  "poisson-9873": (random) => poisson([64, 64, 48, 48], random),
  helmholtz,
};
const methods = {
  "gauss-newton": gaussNewton,
  "trust-region": () => trustRegion(),
  ssbroyden: () => ssbroyden(),
  ssbfgs: () => ssbroyden({ variant: "ssbfgs" }),
  lbfgs: () => lbfgs({ memory: 100 }),
};
const seconds = options.seconds.split(",").map(Number);
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const list = (text) => text.split(",");
const settings = list(options.searches).flatMap((search) =>
  list(options.powers).flatMap((power) =>
    list(options.momenta).flatMap((momentum) =>
      list(options.corrections).flatMap((corrections) =>
        list(options.spaces).map((space) => ({
          search,
          power: Number(power),
          momentum: Number(momentum),
          corrections: Number(corrections),
          space,
        })),
      ),
    ),
  ),
);

for (const name of list(options.problems)) {
  for (const seed of list(options.seeds).map(Number)) {
    for (const setting of settings) console.log(JSON.stringify(await campaign(name, seed, setting)));
  }
}

async function campaign(name, seed, setting) {
  const { start, residuals, predict, error } = problems[name](makeRandom(seed));
  const marks = [];
  let next = 1e-2;
  let best = Infinity;
  let aside = 0;
  let x = flat(start);
  const loss = (u) => np.square(u).sum();
  const predictor = await compileObjective({ model: predict, loss, params: x }, { backend, dtype: "float64" });
  await predictor.predict(predictor.initial, undefined);
  const begin = cpu();
  const results = [];
  for (const [phase, method] of options.method.split("+").entries()) {
    const every = method === "gauss-newton" ? 1 : Number(options.every);
    const limit = cpu() - begin - aside + seconds[Math.min(phase, seconds.length - 1)];
    const result = await minimizeLeastSquares(residuals, x, {
      backend,
      dtype: options.dtype,
      method: methods[method](setting),
      maxIterations: 1e6,
      async callback({ step, accepted, loss }, w) {
        if (!accepted || step % every !== 0) return;
        const now = cpu();
        const u = await predictor.predict(Float64Array.from(w), undefined);
        best = Math.min(best, error(u.data));
        for (; best <= next; next /= 10) {
          marks.push([
            Number(next.toPrecision(1)),
            Number((now - begin - aside).toFixed(2)),
            step,
            Number(loss.toExponential(1)),
          ]);
        }
        aside += cpu() - now;
        return cpu() - begin - aside > limit ? "stop" : undefined;
      },
    });
    x = result.x;
    results.push({
      method,
      status: result.status,
      steps: result.iterations,
      loss: Number(result.value.toExponential(1)),
      best: Number(best.toExponential(2)),
    });
  }
  predictor.dispose();
  return {
    problem: name,
    seed,
    ...(options.dtype !== "float64" && { dtype: options.dtype }),
    ...(options.method === "gauss-newton" && setting),
    marks,
    results,
    seconds: Number((cpu() - begin - aside).toFixed(1)),
  };
}
