/** `quadric resume`: continues an interrupted or killed run from its last checkpoint. */
import type { Command } from "@commander-js/extra-typings";
import { ConfigError } from "quadric";
import { describeEnvironment } from "../environment.ts";
import { extensionOf } from "../extension.ts";
import { loadRunData } from "../fingerprint.ts";
import { groups, helpText } from "../help.ts";

import { type Io, tell } from "../io.ts";
import { onRanks } from "../ranks.ts";
import { type RunRecord, readRunRecord, readSummary } from "../run-files.ts";
import { openRunFolder } from "../run-folder.ts";
import { watchTraining } from "../training.ts";
import { integer } from "../values.ts";

export function addResumeCommand(program: Command, io: Io): void {
  program
    .command("resume")
    .helpGroup(groups.train)
    .description("Continue a run: on the same machine it ends with the same bits as an uninterrupted one.")
    .argument("<run>", "a run folder")
    .option("--steps <n>", "more steps for a run that has ended: n in all, of each network", integer("--steps", 1))
    .option("--data <name>", "where the data of the run are now (default: where they were)")
    .option("--data-dir <folder>", "where the files of a named data set are now")
    .option("--json", "print one JSON object a line")
    .addHelpText(
      "after",
      helpText(
        [
          ["quadric resume runs/digits-auto-1", "after an interruption"],
          ["quadric resume runs/digits-auto-1 --steps 600", "600 steps in all"],
        ],
        "cli#resume",
      ),
    )
    .action(async (run, { json, steps, ...moved }) => {
      const record = readRunRecord(run);
      const summary = readSummary(run, record);
      if (summary && steps === undefined) {
        throw new ConfigError(
          `${run}: must be an unfinished run, got one that ended as ${summary.status}. For more steps: --steps.`,
        );
      }
      const extension = steps === undefined ? undefined : await extensionOf(run, record, steps);
      const { config } = extension?.record ?? record;
      await onRanks(io, config.shards, async (io, reducer) => {
        const dataset = await loadRunData(record, moved);
        const other = otherVersion(record);
        if (other) tell(io, `begun by ${other}: from here on its numbers may differ in their last bits`);
        const openFolder = async (_: unknown, tell: (message: string) => void) => {
          const folder = await openRunFolder(run, record, tell);
          extension?.apply();
          return folder;
        };
        await watchTraining(io, { config, dataset, json: json === true, reducer, openFolder });
      });
    });
}

/** The first program that had another version when the run began, and both; undefined if all are the same. */
function otherVersion({ versions }: RunRecord): string | undefined {
  const now = describeEnvironment().versions;
  const name = Object.keys(now).find((name) => versions[name] !== now[name]);
  return name && `${name} ${versions[name] ?? "of an unknown version"}, continued by ${now[name]}`;
}
