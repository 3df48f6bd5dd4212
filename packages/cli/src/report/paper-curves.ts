/** Mean curves of the paper, digitised from its figure: natural logarithms of the training loss over its own count. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ConfigError } from "quadric";
import type { OptimizerName } from "../optimizers.ts";
import type { Curve } from "./curves.ts";

export interface PaperCurve {
  /** As the paper calls it. */
  readonly method: string;
  /** Ours of the same kind. */
  readonly optimizer: OptimizerName | undefined;
  readonly curve: Curve;
}

/** In the repository; the package does without. */
const file = fileURLToPath(new URL("../../../../experiments/paper/paper_curves.csv", import.meta.url));

const optimizers: Readonly<Record<string, OptimizerName>> = {
  "TR Uniform": "tr-spherical",
  "TR Adagrad": "tr-adagrad",
  "TR RMSprop": "tr-rmsprop",
};

/** @param problem - as the file calls it, such as "FMNIST MLP". */
export function readPaperCurves(problem: string): PaperCurve[] {
  if (!existsSync(file)) return [];
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
  return [...new Set(ours.map(([, method]) => method))].map((method) => {
    const points = ours.filter(([, name]) => name === method);
    const curve = { x: points.map(([, , x]) => Number(x)), y: points.map(([, , , y]) => Number(y)) };
    return { method, optimizer: optimizers[method], curve };
  });
}
