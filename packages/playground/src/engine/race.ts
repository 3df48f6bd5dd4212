/** Several methods on the same problem from the same start, turn by turn. */
import type { CompiledObjective, Norm, Vector } from "quadric";
import type { MethodName } from "../methods.ts";
import type { Contest, Entrant, Finish } from "./contest.ts";
import { type Gate, makeGate } from "./gate.ts";
import type { Picture, Scene } from "./scene.ts";
import type { Task } from "./tasks.ts";

export interface RaceOptions {
  readonly methods: readonly MethodName[];
  readonly seed: number;
  /** η of each first-order method. */
  readonly rates: Readonly<Partial<Record<MethodName, number>>>;
  /** What each may spend: gradients plus curvature products, or seconds in steps. */
  readonly budget: number;
  /** Whether runs end when the held-out loss has not fallen for a while. */
  readonly stopsEarly: boolean;
}

/**
 * A point of a run: what had been spent there in gradients + curvature products and in seconds, the loss of its batch, and
 * the held-out loss or the error, NaN if it is not known.
 */
export type Sample = readonly [backprops: number, seconds: number, loss: number, check: number];

/** Where a run has got to, as the median error of its last tenth: one spike of Adam says nothing. NaN if there is none. */
export function recentError(samples: readonly Sample[]): number {
  const errors = samples
    .slice(-Math.ceil(samples.length / 10))
    .map(([, , , check]) => check)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  return errors[Math.floor(errors.length / 2)] ?? Number.NaN;
}

/** News of a race since the last. */
export interface RaceNews {
  readonly scene?: Scene;
  readonly runners: readonly RunnerNews[];
  /** Whether steps are being taken. */
  readonly isRunning: boolean;
}

export interface RunnerNews {
  readonly method: MethodName;
  readonly spent: number;
  readonly samples: readonly Sample[];
  readonly picture?: Picture;
  readonly ended?: Ended;
}

export interface Ended {
  /** A status, or the message of an error. */
  readonly status: Finish["status"] | "failed";
  readonly message?: string;
  /** Which method an automatic choice was, and why. */
  readonly chosen?: { readonly method: string; readonly because: string };
  readonly steps: number;
  /** The step that was kept, if it is not the last. */
  readonly bestStep?: number;
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
  parameters: Vector | undefined;
  steps: number;
  spent: number;
  samples: Sample[];
  /** Whether it has changed since it was last looked at. */
  isNew: boolean;
  ended?: Ended;
}

/** Milliseconds between news. */
const newsEvery = 120;

/** Sets the runs up, at the start and waiting. @param tell - Called with news while steps are taken, and when they cease. */
export async function startRace(
  contest: Contest,
  { methods, rates }: RaceOptions,
  tell: (news: RaceNews) => void,
): Promise<Race> {
  const stopper = new AbortController();
  const { signal } = stopper;
  const gate = makeGate(() => void publish());
  let told = 0;

  tell({ scene: contest.scene, runners: [], isRunning: false });
  const entrants: { readonly runner: Runner; readonly entrant: Entrant }[] = [];
  for (const method of methods) {
    const entrant = await contest.enter(method, rates[method] ?? 1e-3);
    const parameters = contest.training?.objective.initial;
    const { norm } = entrant;
    const runner: Runner = {
      method,
      norm,
      parameters,
      steps: 0,
      spent: 0,
      samples: [],
      isNew: parameters !== undefined,
    };
    entrants.push({ runner, entrant });
  }

  const publish = async (): Promise<void> => {
    told = performance.now();
    const runners: RunnerNews[] = [];
    for (const { runner } of entrants) {
      const { method, spent, parameters, isNew, ended } = runner;
      const samples = runner.samples.splice(0);
      runner.isNew = false;
      const picture = isNew && parameters ? await contest.picture(parameters) : undefined;
      runners.push({ method, spent, samples, picture, ended });
    }
    if (!signal.aborted) tell({ runners, isRunning: gate.isOpen });
  };

  const run = async ({ runner, entrant }: (typeof entrants)[number]): Promise<void> => {
    const { method } = runner;
    const before = { backprops: 0, seconds: 0, check: contest.start ?? Number.NaN };
    await gate.pass(method, 0);
    const { status, choice, parameters, bestStep } = await entrant.run({
      signal,
      async afterStep(event, parameters) {
        runner.samples.push([before.backprops, before.seconds, event.loss, before.check]);
        before.backprops = event.counts.backprops;
        before.seconds = event.seconds;
        before.check = event.validationLoss ?? contest.measure?.(parameters) ?? Number.NaN;
        Object.assign(runner, { parameters, steps: event.step, spent: contest.spentOf(event), isNew: true });
        if (performance.now() - told > newsEvery) await publish();
        await gate.pass(method, runner.spent);
      },
    });
    // The loss after the last step is not known, only what was checked there.
    runner.samples.push([before.backprops, before.seconds, Number.NaN, before.check]);
    const chosen = method === "auto" ? { method: choice.method, because: choice.because } : undefined;
    const kept = bestStep === runner.steps ? undefined : bestStep;
    Object.assign(runner, { parameters, isNew: true });
    runner.ended = { status, chosen, steps: runner.steps, bestStep: kept };
  };

  const runs = entrants.map(async (each) => {
    const { runner } = each;
    try {
      await run(each);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      runner.ended = { status: "failed", message, steps: runner.steps };
    }
    gate.leave(runner.method);
  });
  return {
    openUntil: gate.openUntil,
    step: gate.step,
    trained(method) {
      if (!contest.training) return undefined;
      const { objective } = contest.training;
      if (method === "start") return { ...contest.training, parameters: objective.initial, norm: undefined };
      const runner = entrants.find((entrant) => entrant.runner.method === method)?.runner;
      return runner && { ...contest.training, parameters: runner.parameters!, norm: runner.norm() };
    },
    async stop() {
      stopper.abort();
      gate.openUntil(Infinity); // each run wakes up, sees the signal and ends
      await Promise.all(runs);
      contest.dispose();
    },
  };
}
