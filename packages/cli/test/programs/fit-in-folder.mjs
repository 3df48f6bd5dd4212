/** A run of the library with checkpoints in a folder, resumed if there are some: `fit-in-folder.mjs CASE FOLDER`. */
import { join } from "node:path";
import { adam, fit, lbfgs, losses, mlp, supervised } from "quadric";
import { fileCheckpoints, writeFileAtomic } from "quadric/node";

const cases = {
  "early stopping": {
    optimizer: adam({ learningRate: 0.3 }),
    batchSize: 8,
    epochs: 50,
    validation: { fraction: 0.25, every: 1, patience: 4 },
  },
  "lbfgs, converged": { optimizer: lbfgs({ gradientTolerance: 1e-3 }), batchSize: 40, steps: 100 },
  "lbfgs, budget": { optimizer: lbfgs(), batchSize: 10, budget: { backprops: 25 } },
};
const [name, folder] = process.argv.slice(2);
const x = Float32Array.from({ length: 80 }, (_, i) => Math.sin(i * i));
const y = Float32Array.from({ length: 40 }, (_, i) => x[2 * i] - x[2 * i + 1] + 0.3 * Math.cos(7 * i));
const data = { x: { shape: [40, 2], data: x }, y: { shape: [40, 1], data: y } };
const problem = supervised(mlp([2, 1]), losses.squaredError);
const store = fileCheckpoints(join(folder, "checkpoints"));
const run = await fit(problem, data, { ...cases[name], checkpoint: { store, every: 3 } });
const { status, message, steps, epochs, counts, monitoring, best, parameters } = run;
const end = { status, message, steps, epochs, counts, monitoring, best, parameters: Array.from(parameters) };
writeFileAtomic(join(folder, "end.json"), JSON.stringify(end));
