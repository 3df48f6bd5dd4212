/** Several methods train the same network from the same start, turn by turn. */
import { type CompiledObjective, compileObjective, type Norm, train, type Vector } from "quadric";
import type { MethodName } from "../methods.ts";
import { type Gate, makeGate } from "./gate.ts";
import { makeMethod } from "./optimizers.ts";
import type { Picture, Scene } from "./scene.ts";
import type { Task } from "./tasks.ts";

export interface RaceOptions {
  readonly methods: readonly MethodName[];
  readonly seed: number;
  /** η of each first-order method. */
  readonly rates: Readonly<Partial<Record<MethodName, number>>>;
  /** Gradients plus curvature products each may spend. */
  readonly budget: number;
}

/** Spent before a step, in gradients + curvature products and in seconds, and the loss of its batch at that point. */
export type Sample = readonly [spent: number, seconds: number, loss: number];

/** News of a race since the last. */
export interface RaceNews {
  readonly scene?: Scene;
  readonly runners: readonly RunnerNews[];
  /** Whether steps are being taken. */
  readonly isRunning: boolean;
}

export interface RunnerNews {
  readonly method: MethodName;
  /** Gradients plus curvature products so far. */
  readonly spent: number;
  readonly samples: readonly Sample[];
  readonly picture?: Picture;
  /** Why it ended, once it has. */
  readonly ended?: string;
}

/** A network as a run left it, for those who look at its curvature. */
export interface Trained {
  readonly objective: CompiledObjective;
  readonly task: Task;
  readonly parameters: Vector;
  /** The norm of the run, if it has one. */
  readonly norm: Norm | undefined;
}

export interface Race extends Pick<Gate, "openUntil" | "step"> {
  /** The networks as they are, and as all of them started. */
  trained(method: MethodName | "start"): Trained | undefined;
  stop(): Promise<void>;
}

interface Runner {
  readonly method: MethodName;
  readonly norm: () => Norm | undefined;
  parameters: Vector;
  spent: number;
  samples: Sample[];
  /** Whether it has changed since it was last looked at. */
  isNew: boolean;
  ended?: string;
}

/** Milliseconds between news. */
const newsEvery = 120;

/**
 * Compiles the task and sets the runs up, at the start and waiting.
 *
 * All of them evaluate one objective, whose ledger is put to a run's own counts when its turn comes. Compilation is
 * paid before the clock starts, by runs of no steps.
 *
 * @param tell - Called with news while steps are taken, and when they cease.
 */
export async function startRace(task: Task, options: RaceOptions, tell: (news: RaceNews) => void): Promise<Race> {
  const { methods, seed, rates, budget } = options;
  const { data, batchSize } = task;
  const objective = await compileObjective(task.problem);
  const { initial, ledger } = objective;
  const nothing = ledger.counts();
  const stopper = new AbortController();
  const gate = makeGate(() => void publish());
  let told = 0;

  const entrants = methods.map((method) => {
    const { optimizer, norm } = makeMethod(method, { learningRate: rates[method] ?? 1e-3 });
    const runner: Runner = { method, norm, parameters: initial, spent: 0, samples: [], isNew: true };
    return { runner, optimizer };
  });

  const publish = async (): Promise<void> => {
    told = performance.now();
    const runners: RunnerNews[] = [];
    for (const { runner } of entrants) {
      const { method, spent, parameters, isNew, ended } = runner;
      const samples = runner.samples.splice(0);
      runner.isNew = false;
      const picture = isNew ? task.picture(await objective.predict!(parameters, task.sight)) : undefined;
      runners.push({ method, spent, samples, picture, ended });
    }
    if (!stopper.signal.aborted) tell({ runners, isRunning: gate.isOpen });
  };

  const run = async ({ runner, optimizer }: (typeof entrants)[number]): Promise<void> => {
    let secondsBefore = 0;
    await gate.pass(runner.method, 0);
    ledger.restore(nothing);
    const { status } = await train(objective, initial, data, {
      optimizer,
      batchSize,
      seed,
      budget: { backprops: budget },
      history: false,
      signal: stopper.signal,
      callbacks: [
        async ({ loss, counts, seconds }, parameters) => {
          runner.samples.push([runner.spent, secondsBefore, loss]);
          runner.spent = counts.backprops;
          secondsBefore = seconds;
          runner.parameters = parameters;
          runner.isNew = true;
          if (performance.now() - told > newsEvery) await publish();
          await gate.pass(runner.method, counts.backprops);
          ledger.restore(counts);
        },
      ],
    });
    runner.ended = status;
  };

  tell({ scene: task.scene, runners: [], isRunning: false });
  for (const { optimizer } of entrants) await train(objective, initial, data, { optimizer, batchSize, seed, steps: 0 });
  const runs = entrants.map(async (entrant) => {
    try {
      await run(entrant);
    } catch (error) {
      entrant.runner.ended = error instanceof Error ? error.message : String(error);
    }
    gate.leave(entrant.runner.method);
  });
  return {
    openUntil: gate.openUntil,
    step: gate.step,
    trained(method) {
      if (method === "start") return { objective, task, parameters: initial, norm: undefined };
      const runner = entrants.find((entrant) => entrant.runner.method === method)?.runner;
      return runner && { objective, task, parameters: runner.parameters, norm: runner.norm() };
    },
    async stop() {
      stopper.abort();
      gate.openUntil(Infinity); // each run wakes up, sees the signal and ends
      await Promise.all(runs);
      objective.dispose();
    },
  };
}
