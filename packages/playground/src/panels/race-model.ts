/** A race as its panel holds it: what was asked for, what has come back, and the buttons. */
import { batch, computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { ask, listen } from "../client.ts";
import type { RaceName, RaceRequest } from "../engine/protocol.ts";
import type { Ended, RaceNews, Sample } from "../engine/race.ts";
import type { Picture, Scene } from "../engine/scene.ts";
import type { MethodName } from "../methods.ts";
import { mayMove } from "../use-in-view.ts";

export type RaceSettings = Omit<RaceRequest, "race">;

export interface RunnerView {
  readonly method: MethodName;
  /** What it has spent of the budget. */
  readonly spent: number;
  readonly samples: readonly Sample[];
  readonly picture?: Picture;
  readonly ended?: Ended;
}

/** "idle": nothing has been run with these settings. */
export type Phase = "idle" | "preparing" | "running" | "paused" | "over";

export interface RaceModel {
  readonly phase: ReadonlySignal<Phase>;
  readonly scene: ReadonlySignal<Scene | undefined>;
  readonly runners: ReadonlySignal<readonly RunnerView[]>;
  readonly problem: ReadonlySignal<string>;
  /** The most that a run has spent of its budget. */
  readonly spent: ReadonlySignal<number>;
  /** Says whether somebody looks: the race starts by itself then, waits while nobody does, and begins again with new settings. */
  watch(isWatched: boolean): void;
  /** Starts or continues; up to `until` if given, and waits there for a button. */
  run(until?: number): Promise<void>;
  pause(): void;
  step(): Promise<void>;
  reset(): void;
}

/** Milliseconds for which settings must rest before a race starts by itself. */
const calm = 350;

/** @param settings - Undefined while there is nothing to run. A change of them ends the race. */
export function raceModel(race: RaceName, settings: ReadonlySignal<RaceSettings | undefined>): RaceModel {
  const started = signal<RaceSettings | undefined>(undefined);
  const failed = signal<RaceSettings | undefined>(undefined);
  const stage = signal<"preparing" | "running" | "paused">("preparing");
  const scene = signal<Scene | undefined>(undefined);
  const runners = signal<readonly RunnerView[]>([]);
  const problem = signal("");
  const isWatched = signal(false);
  /** Whether it waits for a button. */
  const isHeld = signal(!mayMove());

  const isCurrent = computed(() => started.value !== undefined && started.value === settings.value);
  const phase = computed<Phase>(() => {
    if (!isCurrent.value) return "idle";
    const all = runners.value;
    return all.length > 0 && all.every(({ ended }) => ended) ? "over" : stage.value;
  });
  const spent = computed(() => (isCurrent.value ? Math.max(0, ...runners.value.map(({ spent }) => spent)) : 0));

  listen(race, (news: RaceNews) => {
    if (news.scene) scene.value = news.scene;
    if (!isCurrent.value) return;
    batch(() => {
      runners.value = runners.value.map((runner) => {
        const latest = news.runners.find(({ method }) => method === runner.method);
        if (!latest) return runner;
        const { spent, samples, picture = runner.picture, ended } = latest;
        const all = samples.length > 0 ? [...runner.samples, ...samples] : runner.samples;
        return { ...runner, spent, samples: all, picture, ended };
      });
      if (stage.value !== "preparing") stage.value = news.isRunning ? "running" : "paused";
    });
  });
  // Settings that changed under a running race stop it.
  effect(() => {
    if (started.value && !isCurrent.value) clear();
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    clearTimeout(timer);
    const { value } = phase;
    const wanted = settings.value;
    const isPossible = wanted !== undefined && wanted.methods.length > 0 && wanted !== failed.value;
    if (!isWatched.value && value === "running") void ask("go", { race, until: 0 });
    if (!isWatched.value || isHeld.value || !isPossible) return;
    if (value === "idle" || value === "paused") timer = setTimeout(() => void go(Number.MAX_VALUE), calm);
  });

  function clear(): void {
    if (!started.peek()) return;
    void ask("go", { race, until: 0 }).catch(() => {});
    started.value = undefined;
    runners.value = [];
    scene.value = undefined;
  }

  /** Sets a race up if there is none with these settings; false if that failed or was overtaken by other settings. */
  async function prepare(): Promise<boolean> {
    if (isCurrent.value) return stage.value !== "preparing";
    const wanted = settings.value;
    if (!wanted || wanted.methods.length === 0) return false;
    batch(() => {
      started.value = wanted;
      stage.value = "preparing";
      problem.value = "";
      runners.value = wanted.methods.map((method) => ({ method, spent: 0, samples: [] }));
    });
    try {
      await ask("race", { ...wanted, race });
    } catch (error) {
      problem.value = (error as Error).message;
      failed.value = wanted;
      if (started.value === wanted) started.value = undefined;
    }
    if (started.value !== wanted) return false;
    stage.value = "paused";
    return true;
  }

  async function go(until: number | "step"): Promise<void> {
    if (!(await prepare())) return;
    if (until !== "step") stage.value = "running";
    await ask("go", { race, until });
  }

  return {
    phase,
    scene,
    runners,
    problem,
    spent,
    watch(value) {
      isWatched.value = value;
    },
    run(until) {
      isHeld.value = until !== undefined;
      return go(until ?? Number.MAX_VALUE);
    },
    pause() {
      isHeld.value = true;
      void ask("go", { race, until: 0 });
    },
    step() {
      isHeld.value = true;
      return go("step");
    },
    reset() {
      isHeld.value = true;
      clear();
    },
  };
}
