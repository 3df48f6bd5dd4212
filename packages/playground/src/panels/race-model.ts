/** A race as its panel holds it: what was asked for, what has come back, and the buttons. */
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { ask, listen } from "../client.ts";
import type { RaceName, RaceRequest } from "../engine/protocol.ts";
import type { RaceNews, Sample } from "../engine/race.ts";
import type { Picture, Scene } from "../engine/scene.ts";
import type { MethodName } from "../methods.ts";

export type RaceSettings = Omit<RaceRequest, "race">;

export interface RunnerView {
  readonly method: MethodName;
  /** Gradients plus curvature products so far. */
  readonly spent: number;
  readonly samples: readonly Sample[];
  readonly picture?: Picture;
  /** Why it ended, once it has. */
  readonly ended?: string;
}

/** "idle": nothing has been run with these settings. */
export type Phase = "idle" | "preparing" | "running" | "paused" | "over";

export interface RaceModel {
  readonly phase: ReadonlySignal<Phase>;
  readonly scene: ReadonlySignal<Scene | undefined>;
  readonly runners: ReadonlySignal<readonly RunnerView[]>;
  readonly problem: ReadonlySignal<string>;
  /** The most that a run has spent, in gradients + curvature products. */
  readonly spent: ReadonlySignal<number>;
  /** Starts or continues; up to `until` if given. */
  run(until?: number): Promise<void>;
  pause(): void;
  step(): Promise<void>;
  reset(): void;
}

/** @param settings - Undefined while there is nothing to run. A change of them ends the race. */
export function raceModel(race: RaceName, settings: ReadonlySignal<RaceSettings | undefined>): RaceModel {
  const started = signal<RaceSettings | undefined>(undefined);
  const stage = signal<"preparing" | "running" | "paused">("preparing");
  const scene = signal<Scene | undefined>(undefined);
  const runners = signal<readonly RunnerView[]>([]);
  const problem = signal("");

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
    runners.value = runners.value.map((runner) => {
      const latest = news.runners.find(({ method }) => method === runner.method);
      if (!latest) return runner;
      const { spent, samples, picture = runner.picture, ended } = latest;
      return {
        ...runner,
        spent,
        samples: samples.length > 0 ? [...runner.samples, ...samples] : runner.samples,
        picture,
        ended,
      };
    });
    if (stage.value !== "preparing") stage.value = news.isRunning ? "running" : "paused";
  });
  // Settings that changed under a running race stop it.
  effect(() => {
    if (started.value && !isCurrent.value) reset();
  });

  function reset(): void {
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
    started.value = wanted;
    stage.value = "preparing";
    problem.value = "";
    runners.value = wanted.methods.map((method) => ({ method, spent: 0, samples: [] }));
    try {
      await ask("race", { ...wanted, race });
    } catch (error) {
      problem.value = (error as Error).message;
      if (started.value === wanted) started.value = undefined;
    }
    if (started.value !== wanted) return false;
    stage.value = "paused";
    return true;
  }

  return {
    phase,
    scene,
    runners,
    problem,
    spent,
    async run(until = Number.MAX_VALUE) {
      if (!(await prepare())) return;
      stage.value = "running";
      await ask("go", { race, until });
    },
    pause() {
      void ask("go", { race, until: 0 });
    },
    async step() {
      if (await prepare()) await ask("go", { race, until: "step" });
    },
    reset,
  };
}
