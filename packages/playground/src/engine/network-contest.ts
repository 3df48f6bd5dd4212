/**
 * Methods that train the same network from the same start. All of them evaluate one objective, whose ledger is put to a
 * run's own counts when its turn comes. Compilation is paid before the clock starts, by runs of no steps.
 */
import { type Counts, compileObjective, type Optimizer, train } from "quadric";
import { methods } from "../methods.ts";
import type { Contest } from "./contest.ts";
import { makeMethod } from "./optimizers.ts";
import type { Task } from "./tasks.ts";

export interface TrainingOptions {
  readonly seed: number;
  /** Gradients plus curvature products each may spend. */
  readonly budget: number;
  /** Whether a run ends when the held-out loss has not fallen for a while. */
  readonly stopsEarly: boolean;
}

/** Evaluations of the held-out loss without a new least one after which a run ends; steps of first order are small. */
const patience = { "first order": 150, "quasi-Newton": 60, "trust region": 25, automatic: 25 } as const;

export async function networkContest(task: Task, { seed, budget, stopsEarly }: TrainingOptions): Promise<Contest> {
  const { data, heldOut, batchSize } = task;
  const objective = await compileObjective(task.problem);
  const { initial, ledger } = objective;
  const nothing: Counts = ledger.counts();
  const common = { batchSize, seed, history: false };
  return {
    scene: task.scene,
    training: { objective, task },
    spentOf: ({ counts }) => counts.backprops,
    ...(heldOut && { start: (await objective.value(initial, heldOut)).value }),
    picture: async (parameters) => task.picture(await objective.predict!(parameters, task.sight)),
    async enter(method, rate) {
      const { optimizer, norm } = makeMethod(method, { learningRate: rate });
      const prepare = (optimizer: Optimizer) => train(objective, initial, data, { ...common, optimizer, steps: 0 });
      await prepare(optimizer);
      const validation = heldOut && {
        data: heldOut,
        every: 1,
        ...(stopsEarly ? { patience: patience[methods[method].kind] } : { keepBest: false }),
      };
      return {
        norm,
        async run({ signal, afterStep }) {
          ledger.restore(nothing);
          const { status, choice, parameters, best } = await train(objective, initial, data, {
            ...common,
            optimizer,
            validation,
            signal,
            budget: { backprops: budget },
            callbacks: [
              async (event, parameters) => {
                await afterStep(event, parameters);
                ledger.restore(event.counts);
              },
            ],
          });
          return { status, choice, parameters, bestStep: stopsEarly ? best?.step : undefined };
        },
      };
    },
    dispose: () => objective.dispose(),
  };
}
