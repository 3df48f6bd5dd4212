/**
 * What each choice of `bayesianMlp` is worth: precisions, widths, and the mean of several networks. Needs a built
 * command; each row is the error relative to the default's, geometric means over the tables.
 *
 *     node bench/tables/ablation.mjs FOLDER
 *
 * FOLDER holds the files that bench/tables/README.md names. 30 % of the rows test.
 */
import { join } from "node:path";
import { resolveConfig } from "../../packages/cli/dist/config.js";
import { loadDataset } from "../../packages/cli/dist/data/datasets.js";
import { featuresOf } from "../../packages/cli/dist/data/preparation.js";
import { makeTaskData } from "../../packages/cli/dist/task.js";
import { bayesianMlp, loadBayesianMlp } from "../../packages/quadric/dist/models.js";

const tables = [
  ["tips.csv", "tip", "numbers"],
  ["penguins.csv", "body_mass_g", "numbers"],
  ["housing.csv", "13", "numbers"],
  ["energy.csv", "8", "numbers"],
  ["concrete.csv", "strength", "numbers"],
  ["yacht.csv", "6", "numbers"],
  ["insurance.csv", "charges", "numbers"],
  ["Servo.csv", "Class", "numbers"],
  ["iris.csv", "4", "classes"],
  ["penguins.csv", "species", "classes"],
  ["wheat-seeds.csv", "7", "classes"],
  ["haberman.csv", "3", "classes"],
];

/** The default, and what differs from it; `single` reads one of the networks instead of their mean. */
const variants = {
  "a precision a column, width by held-out error, the mean of five": {},
  "one precision for all input weights": { groups: (groups) => groups.map(() => 0) },
  "one a feature, indicators apart": { groups: (groups) => groups.map((_, j) => j) },
  "4 units": { widths: [4] },
  "8 units": { widths: [8] },
  "16 units": { widths: [16] },
  "one network of the five": { single: true },
};

const folder = process.argv[2];
const logs = new Map(Object.keys(variants).map((name) => [name, []]));
const seconds = new Map(Object.keys(variants).map((name) => [name, 0]));
for (const [file, target, task] of tables) {
  const flags = { data: join(folder, file), target, task, testFraction: 0.3, seed: 0, optimizer: "auto" };
  const dataset = await loadDataset(flags);
  const config = resolveConfig({ ...flags, regularize: "evidence" }, dataset);
  const [x, tests] = [dataset.train, dataset.test].map((part) => makeTaskData(config, part).batch.x);
  const columns = [...new Set(featuresOf(config.preparation).map(({ column }) => column))];
  const groups = featuresOf(config.preparation).map(({ column }) => columns.indexOf(column));
  const errors = {};
  for (const [name, { groups: regroup, single, ...options }] of Object.entries(variants)) {
    const before = process.cpuUsage();
    const model = await bayesianMlp(
      { x, y: dataset.train.targets },
      {
        loss: task === "classes" ? "cross-entropy" : "squared-error",
        groups: regroup ? regroup(groups) : groups,
        ...options,
      },
    );
    const { user, system } = process.cpuUsage(before);
    seconds.set(name, seconds.get(name) + (user + system) / 1e6);
    const members = single ? singles(model) : [model];
    const losses = members.map((member) => errorOf(member.predict(tests).outputs, dataset.test.targets.data, task));
    errors[name] = losses.reduce((sum, e) => sum + e, 0) / losses.length;
  }
  const [first] = Object.values(errors);
  for (const [name, error] of Object.entries(errors)) logs.get(name).push(Math.log(error / first));
  console.log(
    file,
    target,
    Object.values(errors)
      .map((e) => e.toPrecision(4))
      .join("  "),
  );
}
for (const [name, ratios] of logs) {
  const mean = Math.exp(ratios.reduce((sum, r) => sum + r, 0) / ratios.length);
  console.log(`${name} | ${mean.toFixed(3)} | ${seconds.get(name).toFixed(1)} s`);
}

/** Each network of a committee alone. */
function singles({ tensors }) {
  const weights = tensors.get("weights");
  return Array.from(weights.data, (_, m) =>
    loadBayesianMlp(
      new Map([...tensors, ["weights", { ...weights, data: weights.data.map((_, i) => Number(i === m)) }]]),
    ),
  );
}

/** RMSE, or mean log loss. */
function errorOf({ shape: [n, k], data }, targets, task) {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum += task === "classes" ? -Math.log(Math.max(data[i * k + targets[i]], 1e-15)) : (data[i] - targets[i]) ** 2;
  }
  return task === "classes" ? sum / n : Math.sqrt(sum / n);
}
