/** What a table is trained with unless flags say otherwise; measured in docs/tables.md. */
import { ConfigError } from "quadric";
import type { LossName } from "../data/targets.ts";
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
}

interface CommitteeFacts extends Facts {
  readonly model?: string;
  readonly cv?: number;
  readonly ensemble?: number;
  readonly shards?: number;
}

/** What only networks have that stop by their held-out loss, or a network that is named. */
const ofSteps = [
  "model",
  "ensemble",
  "patience",
  "decay",
  "l2",
  "penalty",
  "activation",
  "initializer",
  "preset",
  "warmStart",
  "curvature",
  "curvatureFraction",
  "ratioBatch",
  "subproblem",
  "radius",
  "sigma",
  "maxProducts",
  "lr",
  "momentum",
  "beta",
  "epsilon",
  "weightDecay",
  "batchSize",
  "steps",
  "epochs",
  "budgetBackprops",
  "budgetSeconds",
  "shards",
  "evaluateEvery",
] as const;

type Flags = Readonly<Partial<Record<(typeof ofSteps)[number], unknown>>> & {
  readonly regularize?: "evidence" | "stopping";
  readonly loss?: LossName;
  readonly optimizer?: string;
};

/** Losses that are likelihoods. */
const likelihoods: readonly LossName[] = ["mse", "cross-entropy", "poisson"];
/** Multiplications of the curvature of one network of eight units beyond which stepping is cheaper. */
const mostMultiplications = 2e8;

/**
 * Whether evidence chooses the networks of a table: if it is asked for, or if nothing is asked of its networks and their
 * curvature is cheap.
 *
 * @throws {ConfigError} if it is asked for together with something that it does not know.
 */
export function byEvidence(flags: Flags, { features, outputs, examples }: Facts): boolean {
  const { regularize, loss = "mse", optimizer = "auto" } = flags;
  if (regularize === "stopping") return false;
  const other = ofSteps.find((name) => flags[name] !== undefined);
  const against =
    other !== undefined
      ? `--${other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
      : optimizer !== "auto"
        ? `--optimizer ${optimizer}`
        : likelihoods.includes(loss)
          ? undefined
          : `--loss ${loss}`;
  if (regularize === "evidence") {
    if (against === undefined) return true;
    throw new ConfigError(`--regularize evidence: must be given without ${against}.`);
  }
  const width = 8;
  const parameters = width * (features + 1) + outputs * (features + width + 1);
  return against === undefined && (examples * outputs * parameters ** 2) / 2 <= mostMultiplications;
}

/**
 * Parts that the rows of networks by evidence are cut into, unless a flag says how many: each is a network, and of many
 * rows a half is as good as four fifths.
 */
export const evidenceParts = (cv: number | undefined, examples: number): number =>
  partsOf(cv ?? (examples < 1500 ? folds : examples < 2500 ? 3 : 2), examples);

/** Parts that the training rows are cut into. */
function partsOf(cv: number | undefined, examples: number): number {
  const parts = Math.min(cv ?? folds, examples);
  if (parts < fewestFolds) throw new ConfigError(`--cv: needs at least ${fewestFolds} training rows, got ${examples}.`);
  return parts;
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
export function committeeFor(facts: CommitteeFacts): CommitteeDefaults | undefined {
  const { features, outputs, examples, model, cv, ensemble, shards } = facts;
  const isAsked = cv !== undefined || ensemble !== undefined;
  if (shards !== undefined || (model !== undefined && !isAsked && !model.includes("*"))) {
    if (!isAsked) return undefined;
    throw new ConfigError("--cv, --ensemble: must be given without --shards, whose ranks train one network.");
  }
  const size = (features + outputs) * hidden + hidden + (features + 1) * outputs;
  const isSmall = examples * size <= fullBatchUpTo;
  const parts = partsOf(cv, examples);
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
