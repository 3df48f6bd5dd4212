/**
 * One network of a committee: trained from its start until the loss of the rows that it does not train on no longer
 * falls. It is kept in the run folder under its number, with what it took.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type CompiledObjective, type Counts, type Tensor, type TensorTree, train, type Vector } from "quadric";
import { readSafetensors, writeSafetensors } from "quadric/data";
import { fileCheckpoints, writeFileAtomic } from "quadric/node";
import type { Limits, TrainConfig } from "../config.ts";
import type { StepLine } from "../lines.ts";
import type { RunWriter } from "../run-folder.ts";
import { toLine, trainOptionsOf } from "../steps.ts";
import { memberSeed } from "./network.ts";

export interface MemberResult {
  readonly parameters: Vector;
  readonly steps: number;
  readonly epochs: number;
  readonly seconds: number;
  /** Whether a held-out loss was finite at all. */
  readonly isSound: boolean;
  /** What the networks up to this one have cost. */
  readonly counts: Counts;
}

interface MemberTask {
  readonly start: Vector;
  readonly outside: TensorTree;
  readonly inside: TensorTree;
  readonly isFull: boolean;
  readonly index: number;
  readonly before: readonly MemberResult[];
  /** What the weights of `outside` are divided by. */
  readonly strength: number;
}

interface MemberContext {
  readonly config: TrainConfig;
  readonly folder: RunWriter;
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
  readonly objective: CompiledObjective;
}

type Folder = Pick<RunWriter, "path" | "identity">;

const pathOf = ({ path }: Folder, index: number): string => join(path, "networks", String(index));

const storeOf = (folder: Folder, index: number, warn: (message: string) => void) =>
  fileCheckpoints(pathOf(folder, index), { keep: 1, run: folder.identity, onDamaged: warn });

/** The first network that is done and ended at a limit; undefined if a held-out loss ended all of them. */
export function firstLimited(folder: Folder, members: number, { steps, epochs }: Limits): number | undefined {
  return Array.from({ length: members }, (_, m) => m).find((m) => {
    const done = readMember(`${pathOf(folder, m)}.safetensors`, folder.identity);
    return done && (done.steps >= (steps ?? Infinity) || done.epochs >= (epochs ?? Infinity));
  });
}

/** Forgets that the networks from this one on are done; what they can continue from stays. */
export function reopenMembers(folder: Folder, first: number, members: number): void {
  for (let m = first; m < members; m++) rmSync(`${pathOf(folder, m)}.safetensors`, { force: true });
}

/** Steps of the networks that are done and of the one that is not. */
export async function stepsKept(folder: RunWriter, members: number, warn: (message: string) => void): Promise<number> {
  let steps = 0;
  for (let m = 0; m < members; m++) {
    const finished = readMember(`${pathOf(folder, m)}.safetensors`, folder.identity);
    if (!finished)
      return steps + (existsSync(pathOf(folder, m)) ? ((await storeOf(folder, m, warn).load())?.step ?? 0) : 0);
    steps += finished.steps;
  }
  return steps;
}

/** Undefined if the signal stopped it. */
export async function trainMember(
  { config, folder, signal, warn, objective }: MemberContext,
  { start, outside, inside, isFull, index, before, strength }: MemberTask,
  onLine: (line: StepLine) => void,
): Promise<MemberResult | undefined> {
  const path = pathOf(folder, index);
  const finished = readMember(`${path}.safetensors`, folder.identity);
  if (finished) {
    objective.ledger.restore(finished.counts);
    return finished;
  }
  mkdirSync(isFull ? dirname(path) : path, { recursive: true });
  const store = storeOf(folder, index, warn);
  const earlier = (of: "steps" | "epochs" | "seconds") => before.reduce((sum, result) => sum + result[of], 0);
  const result = await train(objective, start, outside, {
    ...trainOptionsOf(config),
    seed: memberSeed(config.seed, index),
    signal,
    validation: { data: inside, ...(isFull && { every: 1 }), patience: config.patience },
    // With full batches a network is done in seconds, and an interrupted one begins again.
    ...(!isFull && {
      checkpoint: {
        every: config.checkpointEvery,
        store: {
          load: () => store.load(),
          async save(state) {
            folder.flush();
            await store.save(state);
          },
        },
      },
    }),
    callbacks: [
      (event) => {
        const { validationLoss } = event;
        const loss = event.loss * strength;
        const line: StepLine = {
          ...toLine(event),
          step: earlier("steps") + event.step,
          epochs: earlier("epochs") + event.epochs,
          seconds: earlier("seconds") + event.seconds,
          network: index,
          loss,
        };
        const told = validationLoss === undefined ? line : { ...line, heldOutLoss: validationLoss };
        folder.add(told);
        onLine(told);
      },
    ],
  });
  if (signal.aborted) return undefined;
  const { steps, epochs, seconds, parameters, best, counts } = result;
  const isSound = best !== undefined && Number.isFinite(best.loss);
  const at = isSound ? parameters : start;
  writeFileAtomic(
    `${path}.safetensors`,
    writeSafetensors(
      new Map([
        ["parameters", tensor(at)],
        ["spent", tensor(Float64Array.of(steps, epochs, seconds, Number(isSound)))],
        ["counts", tensor(Float64Array.from(countNames, (name) => counts[name]))],
      ]),
      { run: folder.identity },
    ),
  );
  return { parameters: at, steps, epochs, seconds, isSound, counts };
}

const tensor = (data: Float32Array | Float64Array): Tensor => ({ shape: [data.length], data });
const countNames = ["values", "gradients", "hvps", "ggnvps", "examples", "backprops"] as const;

function readMember(path: string, identity: string): MemberResult | undefined {
  if (!existsSync(path)) return undefined;
  const { tensors, metadata } = readSafetensors(readFileSync(path));
  if (metadata.run !== identity) return undefined;
  const [steps, epochs, seconds, isSound] = tensors.get("spent")!.data;
  const counts = tensors.get("counts")!;
  return {
    parameters: Float32Array.from(tensors.get("parameters")!.data),
    steps,
    epochs,
    seconds,
    isSound: isSound === 1,
    counts: Object.fromEntries(countNames.map((name, i) => [name, counts.data[i]])) as unknown as Counts,
  };
}
