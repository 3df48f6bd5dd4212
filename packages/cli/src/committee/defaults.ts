/** What a table is trained with unless flags say otherwise; measured in docs/tables.md. */
import { ConfigError } from "quadric";
import { parseModel } from "../model.ts";

export interface CommitteeDefaults {
  readonly model: string;
  readonly folds: number;
  readonly batchSize: number;
  readonly patience: number;
  readonly decay: number;
  /** Of each network. */
  readonly limit: { readonly steps: number } | { readonly epochs: number };
}

interface Facts {
  readonly features: number;
  readonly outputs: number;
  readonly examples: number;
  readonly model?: string;
  readonly cv?: number;
  readonly ensemble?: number;
  readonly shards?: number;
}

/** Penalties that a search tries: the default, and ten times as weak and as strong. */
const searched: readonly number[] = [0.3, 0.03, 3];

/** The penalties λ that committees are trained with, one after the other. */
export const decaysOf = ({ decay = 0 }: { readonly decay?: number | "search" }): readonly number[] =>
  decay === "search" ? searched : [decay];

const hidden = 32;
const folds = 5;
const fewestFolds = 2;
/** Numbers that a pass over all examples handles, one for each parameter and example, beyond which batches are small. */
const fullBatchUpTo = 1e7;

/**
 * Several networks, each held out from one fold, if nothing is said of the network, or folds or networks are asked for;
 * undefined if the network is to be trained as it is given.
 */
export function committeeFor(facts: Facts): CommitteeDefaults | undefined {
  const { features, outputs, examples, model, cv, ensemble, shards } = facts;
  const isAsked = cv !== undefined || ensemble !== undefined;
  if (shards !== undefined || (model !== undefined && !isAsked && !model.includes("*"))) {
    if (!isAsked) return undefined;
    throw new ConfigError("--cv, --ensemble: must be given without --shards, whose ranks train one network.");
  }
  const size = (features + outputs) * hidden + hidden + (features + 1) * outputs;
  const isSmall = examples * size <= fullBatchUpTo;
  const parts = Math.min(cv ?? folds, examples);
  if (parts < fewestFolds) throw new ConfigError(`--cv: needs at least ${fewestFolds} training rows, got ${examples}.`);
  const members = ensemble ?? (cv !== undefined || isSmall ? parts : 1);
  const one = model ?? `mlp:${features}-${hidden}-${outputs}+linear`;
  const name = one.includes("*") || members === 1 ? one : `${members}*${one}`;
  parseModel(name);
  return {
    model: name,
    folds: parts,
    batchSize: isSmall ? examples : Math.min(512, examples),
    patience: 10,
    decay: 0.3,
    limit: isSmall ? { steps: 500 } : { epochs: 50 },
  };
}
