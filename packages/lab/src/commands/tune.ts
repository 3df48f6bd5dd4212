/** `quadric-lab tune`: the learning rates of an experiment's methods, each by its grid. */
import { join } from "node:path";
import { ConfigError } from "quadric";
import { type Command, type Io, integer, listenForInterrupts, tell } from "quadric-cli/internal";
import { readExperiment } from "../experiment.ts";
import { tunedLine, tuneMethods } from "../experiments/training.ts";
import { override } from "../overrides.ts";

export function addTuneCommand(program: Command, io: Io): void {
  program
    .command("tune")
    .description("Choose learning rates: each rate of a method's grid is tried, the least training loss wins.")
    .argument("<name>", "an experiment whose methods have a grid: its name, or the path of a JSON file")
    .option("--methods <labels>", "methods to tune, separated by commas (default: all that have a grid)")
    .option("--data-dir <folder>", "where the files of a named data set are")
    .option("--workers <n>", "runs at a time, each a process", integer("--workers", 1), 1)
    .option(
      "--queue <url>",
      "let `quadric-lab worker` on any machine do the runs, by a Redis such as redis://host:6379",
    )
    .option("--out <folder>", "where the runs get a folder of the experiment's name and -tuning", "runs")
    .option("--json", "print one JSON object a method")
    .action(async (name, { out, workers, queue, json, ...overrides }) => {
      const experiment = override(readExperiment(name), overrides);
      if (experiment.kind !== "training" || !experiment.methods.some(({ tune }) => tune)) {
        throw new ConfigError(`${name}: must have methods with a "tune" entry, got none.`);
      }
      const interrupts = listenForInterrupts((message) => tell(io, message));
      const { signal } = interrupts;
      try {
        const folder = join(out, experiment.name);
        const tuned = await tuneMethods(experiment, { folder, workers, queue, signal, progress: io.err });
        if (!tuned) {
          tell(io, "stopped; the same command continues from here");
          io.exitCode = interrupts.exitCode!;
        }
        for (const line of tuned ?? []) io.out.write(json ? `${JSON.stringify(line)}\n` : tunedLine(line));
      } finally {
        interrupts.stopListening();
      }
    });
}
