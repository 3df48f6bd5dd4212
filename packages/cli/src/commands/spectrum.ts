/** `quadric spectrum`: the curvature at the end of a run, or along it. */
import { join } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { makeBatches } from "quadric";
import { writeFileAtomic } from "quadric/node";
import { curvatureNames } from "../config.ts";
import { densityText } from "../density-text.ts";
import { loadRunData } from "../fingerprint.ts";
import { digits } from "../format.ts";
import { groups, helpText } from "../help.ts";

import type { Io } from "../io.ts";
import { readRunRecord } from "../run-files.ts";
import { measure, placesOf, type SpectrumFile, type SpectrumPoint, type SpectrumView } from "../spectrum.ts";
import { compileTask, makeTaskData } from "../task.ts";
import { integer, oneOf } from "../values.ts";

export function addSpectrumCommand(program: Command, io: Io): void {
  program
    .command("spectrum")
    .helpGroup(groups.look)
    .description("Eigenvalues, spectral density and diagonal dominance of the curvature along a run.")
    .argument("<run>", "a run folder")
    .option("--checkpoints", "at the start and at every checkpoint kept, not at the last one only")
    .option(
      "--curvature <kind>",
      "hessian or gauss-newton (default: that of the run, else hessian)",
      oneOf("--curvature", curvatureNames),
    )
    .option("--examples <n>", "training examples to look at, at most", integer("--examples", 1), 2048)
    .option("--probes <n>", "random vectors for a density", integer("--probes", 1), 4)
    .option("--products <n>", "curvature products from each of them", integer("--products", 1), 50)
    .option("--columns <n>", "columns of the curvature for the diagonal dominance", integer("--columns", 1), 200)
    .option("--seed <n>", "decides examples, vectors and columns", integer("--seed", 0), 0)
    .option("--json", "print one JSON object a line, one a checkpoint")
    .addHelpText(
      "after",
      helpText(
        [
          ["quadric spectrum runs/digits-auto-1", "at the end of a run"],
          ["quadric spectrum runs/digits-auto-1 --checkpoints", "at every checkpoint kept"],
        ],
        "report#spectra",
      ),
    )
    .action(async (run, { checkpoints, json, curvature, examples, ...sampling }) => {
      const record = readRunRecord(run);
      const { config } = record;
      const { batch: data, examples: n } = makeTaskData(config, (await loadRunData(record)).train);
      const batchSize = Math.min(examples, n);
      const batches = makeBatches(data, { batchSize, seed: sampling.seed });
      const batch = batches.batch(batches.draw());
      const kind = curvature ?? config.curvature ?? "hessian";
      const settings = { curvature: kind, examples: batchSize, ...sampling };
      const objective = await compileTask(config);
      try {
        const points: SpectrumPoint[] = [];
        let norm: string | null = null;
        for await (const place of placesOf(run, config, objective, checkpoints === true)) {
          const point = await measure(objective, place, batch, settings);
          points.push(point);
          if (point.preconditioned) norm = place.norm!.name;
          if (json) io.out.write(`${JSON.stringify({ type: "spectrum", ...point })}\n`);
          else io.out.write(describe(point, norm));
        }
        const file: SpectrumFile = { format: 1, settings, norm, points };
        writeFileAtomic(join(run, "spectrum.json"), `${JSON.stringify(file)}\n`);
      } finally {
        objective.dispose();
      }
    });
}

function describe({ step, loss, plain, preconditioned }: SpectrumPoint, norm: string | null): string {
  const views: (readonly [string, SpectrumView])[] = [["curvature", plain]];
  if (preconditioned) views.push([`curvature in the norm ${norm}`, preconditioned]);
  const blocks = views.map(([name, view]) => `${name}\n${densityText(view)}\n${figures(view)}\n`);
  return `${step === 0 ? "at the start" : `after step ${step}`}: loss ${number(loss)}\n${blocks.join("")}\n`;
}

function figures({ min, max, condition, spread, dominance }: SpectrumView): string {
  return [
    `eigenvalues from ${number(min)} to ${number(max)}`,
    `condition ${condition === null ? "none, not definite" : number(condition)}`,
    `largest over mean magnitude ${number(spread)}`,
    `diagonal dominance ${number(dominance)}`,
  ].join(", ");
}

const number = (x: number | null): string => (x === null ? "not finite" : digits(x, 3));
