/** `quadric resume`: continues an interrupted or killed run from its last checkpoint. */
import type { Command } from "@commander-js/extra-typings";
import { ConfigError } from "quadric";
import { loadDataset } from "../data/datasets.ts";
import type { Io } from "../io.ts";
import { onRanks } from "../ranks.ts";
import { openRunFolder, readRunRecord, readSummary } from "../run-folder.ts";
import { watchTraining } from "../training.ts";

export function addResumeCommand(program: Command, io: Io): void {
  program
    .command("resume")
    .description("Continue an unfinished run: on the same machine it ends with the same bits as an uninterrupted one.")
    .argument("<run>", "a run folder")
    .option("--json", "print one JSON object a line")
    .action(async (run, { json }) => {
      const { config } = readRunRecord(run);
      const summary = readSummary(run);
      if (summary) throw new ConfigError(`${run}: must be an unfinished run, got one that ended as ${summary.status}.`);
      await onRanks(io, config.shards, async (io, reducer) => {
        const dataset = loadDataset(config);
        const openFolder = () => openRunFolder(run);
        await watchTraining(io, { config, dataset, json: json === true, reducer, openFolder });
      });
    });
}
