/** `quadric-lab reproduce`: an experiment of the paper, or one's own, from its definition to its numbers. */
import { join } from "node:path";
import { ConfigError } from "quadric";
import { type Command, type Io, integer, listenForInterrupts, loadDataset, tell } from "quadric-cli/internal";
import { type Experiment, experimentNames, readExperiment } from "../experiment.ts";
import { runTrainingExperiment } from "../experiments/training.ts";
import { type Context, type Outcome, writeExperiment, writeOutcome } from "../outcome.ts";
import { type Overrides, override } from "../overrides.ts";

export function addReproduceCommand(program: Command, io: Io): void {
  program
    .command("reproduce")
    .description("Run an experiment: methods × seeds in worker processes; called again, it continues.")
    .argument("<name>", `the path of a JSON file, all, or one of ${experimentNames().join(", ")}`)
    .option("--seeds <n>", "seeds, the first so many of the experiment's, or from 1 on", integer("--seeds", 1))
    .option("--budget <n>", "gradients and curvature products of each run", integer("--budget", 1))
    .option("--methods <labels>", "methods to run, separated by commas (default: all)")
    .option("--data-dir <folder>", "where the files of a named data set are")
    .option("--workers <n>", "runs at a time, each a process", integer("--workers", 1), 1)
    .option(
      "--queue <url>",
      "let `quadric-lab worker` on any machine do the runs, by a Redis such as redis://host:6379",
    )
    .option("--out <folder>", "where the experiment gets a folder of its name", "runs")
    .option("--json", "print the numbers of the figure, one JSON object a line")
    .action(async (name, { out, workers, queue, json, ...overrides }) => {
      const names = name === "all" ? experimentNames() : [name];
      const interrupts = listenForInterrupts((message) => tell(io, message));
      try {
        for (const name of names) {
          const experiment = override(readExperiment(name), overrides);
          const lacking = names.length > 1 ? await lackingData(experiment) : undefined;
          if (lacking) {
            tell(io, `${experiment.name}: left out. ${lacking}`);
            continue;
          }
          const folder = join(out, experiment.name);
          const outcome = await run(experiment, {
            folder,
            workers,
            queue,
            signal: interrupts.signal,
            progress: io.err,
          });
          if (!outcome) {
            tell(io, `stopped; the same command continues from here`);
            io.exitCode = interrupts.exitCode!;
            return;
          }
          writeOutcome(folder, experiment, commandOf(experiment, overrides), outcome);
          if (json) for (const line of outcome.numbers) io.out.write(`${JSON.stringify(line)}\n`);
          else io.out.write(`${outcome.text}files: ${folder}\n`);
        }
      } finally {
        interrupts.stopListening();
      }
    });
}

/** Those that draw pictures are loaded when asked for: what draws takes long to load. */
async function run(experiment: Experiment, context: Context): Promise<Outcome | undefined> {
  switch (experiment.kind) {
    case "training":
      return runTrainingExperiment(experiment, context);
    case "quadratics":
      writeExperiment(context.folder, experiment);
      return (await import("../experiments/quadratics.ts")).runQuadratics(experiment);
    case "dominance":
      return (await import("../experiments/dominance.ts")).runDominance(experiment, context);
    case "conditioning":
      writeExperiment(context.folder, experiment);
      return (await import("../experiments/conditioning.ts")).runConditioning(experiment);
  }
}

/** What to type to have the same numbers. */
function commandOf({ name }: Experiment, { seeds, budget, methods }: Overrides): string {
  const asked = Object.entries({ seeds, budget, methods }).filter(([, value]) => value !== undefined);
  return ["quadric-lab reproduce", name, ...asked.map(([flag, value]) => `--${flag} ${value}`)].join(" ");
}

/** Why an experiment cannot run here: its data are not there. */
async function lackingData(experiment: Experiment): Promise<string | undefined> {
  if (!("task" in experiment)) return undefined;
  try {
    await loadDataset({ data: "digits", testFraction: 0.2, ...experiment.task });
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
