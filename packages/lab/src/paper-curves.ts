/** Mean curves of the paper, digitised from its figure: natural logarithms of the training loss over its own count. */
import { readFileSync } from "node:fs";
import { ConfigError } from "quadric";
import type { References } from "quadric-cli/pictures";

const file = new URL("../../../experiments/paper/paper_curves.csv", import.meta.url);

/** Our optimizer of the same kind. */
const optimizers: Readonly<Record<string, string>> = {
  "TR Uniform": "tr-euclidean",
  "TR Adagrad": "tr-adagrad",
  "TR RMSprop": "tr-rmsprop",
};

/** @param problem - as the file calls it, such as "FMNIST MLP". */
export function paperCurves(problem: string): References {
  const rows = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","));
  const known = [...new Set(rows.map(([name]) => name))];
  if (!known.includes(problem)) {
    throw new ConfigError(`report.paper: must be one of ${known.join(", ")}, got ${JSON.stringify(problem)}.`);
  }
  const ours = rows.filter(([name]) => name === problem);
  const methods = [...new Set(ours.map(([, method]) => method))];
  return {
    name: "paper",
    source: "the paper's mean curves, digitised from its figure",
    axis: "paperBackprops",
    curves: methods.map((method) => {
      const points = ours.filter(([, name]) => name === method);
      const curve = { x: points.map(([, , x]) => Number(x)), y: points.map(([, , , y]) => Number(y)) };
      return { label: `${method}, paper (digitised)`, optimizer: optimizers[method], curve };
    }),
  };
}
