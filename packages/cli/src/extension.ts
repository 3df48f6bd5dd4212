/**
 * More steps for a run.
 *
 * Limits say where a run ends and nothing of the way there. A run that is given more steps ends with the very bits of
 * one begun with as many. run.json keeps the limits that it began with, because its identity is made from them.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "quadric";
import { fileCheckpoints, writeFileAtomic } from "quadric/node";
import { decaysOf } from "./committee/defaults.ts";
import { firstLimited, reopenMembers } from "./committee/member.ts";
import { limitsOf } from "./config.ts";
import { parseModel } from "./model.ts";
import { identityOf, type RunRecord, readSummary, recordFile } from "./run-files.ts";

export interface Extension {
  readonly record: RunRecord;
  /** Makes the folder that of an unfinished run. */
  apply(): void;
}

/**
 * @param steps - of the run in all; of each network of a committee.
 * @throws {ConfigError} if the run has taken as many, or something else than its limits ended it.
 */
export async function extensionOf(path: string, record: RunRecord, steps: number): Promise<Extension> {
  const { config, begun = limitsOf(config) } = record;
  const { epochs, budgetBackprops, budgetSeconds, ...unlimited } = config;
  const longer: RunRecord = { ...record, config: { ...unlimited, steps }, begun };
  const folder = { path, identity: identityOf(record) };
  const summary = readSummary(path, record);
  if (config.regularize === "evidence") {
    throw new ConfigError(
      `${path}: must be a run that steps end, got one by evidence, which ends by itself. For steps: train with --steps.`,
    );
  }
  const { members: inCommittee = 1 } = parseModel(config.model);
  const members = inCommittee * decaysOf(config).length;
  const reopened = config.folds ? firstLimited(folder, members, config) : undefined;
  if (config.folds) {
    if (summary && reopened === undefined) {
      throw new ConfigError(
        `${path}: must have a network that its limits ended, got ${members} that ended where their held-out loss was least. With more --patience a new run looks further.`,
      );
    }
    if (config.steps !== undefined && steps <= config.steps) throw tooFew(config.steps, steps);
  } else {
    const saved = await fileCheckpoints(join(path, "checkpoints"), { run: folder.identity, onDamaged() {} }).load();
    if (summary && (!saved || saved.ending)) {
      throw new ConfigError(
        `${path}: must have ended at its limits, got ${summary.status}, after which more steps change nothing.`,
      );
    }
    if (saved && steps <= saved.step) throw tooFew(saved.step, steps);
  }
  return {
    record: longer,
    apply() {
      writeFileAtomic(join(path, "run.json"), recordFile(longer));
      for (const name of ["summary.json", "parameters.safetensors"]) rmSync(join(path, name), { force: true });
      if (reopened !== undefined) reopenMembers(folder, reopened, members);
    },
  };
}

const tooFew = (taken: number, steps: number): ConfigError =>
  new ConfigError(`--steps: must be more than the ${taken} steps that the run has, got ${steps}.`);
