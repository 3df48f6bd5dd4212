/**
 * Curve fits beside scipy's, in processor time of one process each, run by turns: the 54 starts of NIST's problems, a
 * fit of 20 points by two parameters, and one of a million by three. Usage: npm run build && node bench/curve-fit.mjs
 * [--out FILE]
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { numpy as np } from "@jax-js/jax";
import { curveFit, formula, jaxModel } from "quadric";
import { processorMs, provenance, toFourDigits } from "./measure.mjs";
import { models } from "./nist-models.mjs";

const at = (path) => new URL(path, import.meta.url);
const fixture = readFileSync(at("../packages/quadric/test/fixtures/nist.json"), "utf8");
const { problems } = JSON.parse(fixture);

function timed(body) {
  const before = processorMs();
  const result = body();
  return { ms: processorMs() - before, result };
}

/** The fastest of some rounds, after others that only warm up. */
function fastest(rounds, body) {
  const all = Array.from({ length: rounds }, () => timed(body));
  return all.reduce((best, one) => (one.ms < best.ms ? one : best));
}

const digitsOf = (found, certified) =>
  Math.min(11, -Math.log10(Math.max(1e-16, ...certified.map((c, j) => Math.abs(found[j] / c - 1)))));

async function nist(modelOf) {
  const fits = [];
  const before = processorMs();
  for (const { name, x, y, starts, certified, standardDeviations } of problems) {
    const columns = x.length === 1 ? { x: x[0] } : { x: x[0], z: x[1] };
    const fit = await curveFit.prepare(modelOf(name), {
      start: starts[0],
      points: y.length,
      columns: Object.keys(columns),
    });
    const values = name === "Nelson" ? y.map(Math.log) : y;
    for (const start of starts)
      fits.push({ name, certified, standardDeviations, run: () => fit(columns, values, { start }) });
  }
  const compilationMs = processorMs() - before;
  const first = timed(() => fits.map(({ run }) => run()));
  const { ms, result } = fastest(5, () => fits.map(({ run }) => run()));
  const digits = result.map(({ parameters }, i) => digitsOf(parameters, fits[i].certified));
  const ofDeviations = result.flatMap(({ standardErrors }, i) =>
    fits[i].name === "Lanczos1" ? [] : [digitsOf(standardErrors, fits[i].standardDeviations)],
  );
  return {
    compilationMs,
    firstMs: first.ms,
    ms,
    converged: result.filter(({ status }) => status === "converged").length,
    sixDigits: digits.filter((x) => x >= 6).length,
    meanDigits: digits.reduce((sum, x) => sum + x) / digits.length,
    leastDigits: Math.min(...digits),
    leastDigitsOfDeviations: Math.min(...ofDeviations),
    iterations: result.reduce((sum, { iterations }) => sum + iterations, 0),
  };
}

const sample = (n) => {
  const x = Float64Array.from({ length: n }, (_, i) => (4 * i) / (n - 1));
  return { x, y: x.map((t, i) => 2.5 * Math.exp(-1.3 * t) + (n > 20 ? 0.5 : 0) + 0.01 * Math.sin(7 * i)) };
};

async function msOfFit(model, n, start, repetitions) {
  const { x, y } = sample(n);
  const fit = await curveFit.prepare(model, { start, points: n });
  const run = () => {
    for (let i = 0; i < repetitions; i++) fit(x, y);
  };
  const first = timed(run).ms / repetitions;
  return { first, best: fastest(8, run).ms / repetitions };
}

const asModel = (name) => jaxModel((x, b) => models[name](b, Object.values(x)));
const tinyModels = {
  "plain function": (t, { a, b }) => a * Math.exp(-b * t),
  formula: formula("a*exp(-b*x)"),
  "jax-js": jaxModel((x, { a, b }) => np.exp(x.mul(b).neg()).mul(a)),
};
const largeModels = {
  "plain function": (t, { a, b, c }) => a * Math.exp(-b * t) + c,
  formula: formula("a*exp(-b*x) + c"),
  "jax-js": jaxModel((x, { a, b, c }) => np.exp(x.mul(b).neg()).mul(a).add(c)),
};

const python = (input) => {
  const { stdout, error } = spawnSync("/usr/bin/python3", [at("scipy_curve_fits.py").pathname, "times"], {
    input,
    encoding: "utf8",
  });
  return error || !stdout ? undefined : JSON.parse(stdout);
};

const report = { ...provenance(), nist: await nist(asModel) };
report.scipy = python(fixture);
report.tinyMs = {};
for (const [name, model] of Object.entries(tinyModels))
  report.tinyMs[name] = await msOfFit(model, 20, { a: 1, b: 1 }, 500);
report.largeMs = {};
for (const [name, model] of Object.entries(largeModels))
  report.largeMs[name] = await msOfFit(model, 1e6, { a: 1, b: 1, c: 0 }, 1);
const text = JSON.stringify(report, toFourDigits, 2);
console.log(text);
const out = process.argv.indexOf("--out");
if (out > 0) writeFileSync(process.argv[out + 1], `${text}\n`);
