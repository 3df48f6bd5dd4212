/** A run that another takes the place of before its first step, if that is found to be worth its time. */
import { joinStates, partOf, textOf, textState } from "../../vector/state.ts";
import type { Vector } from "../../vector/vector.ts";
import { sampleIndices } from "../batch-indices.ts";
import type { Choice, OptimizerRun } from "../optimizer.ts";
import type { Worth } from "./worth.ts";

export interface YieldingOptions {
  /** The run that may take over, from w. */
  begin(w: Vector): OptimizerRun;
  /** Whether it does; undefined if the question does not arise. */
  weigh(w: Vector, batch: unknown): Worth | undefined | Promise<Worth | undefined>;
  choiceOf(worth: Worth): Choice;
}

/** A restored run has decided before and does not measure again. */
export function yielding(first: OptimizerRun, { begin, weigh, choiceOf }: YieldingOptions): OptimizerRun {
  let run = first;
  let choice: Choice | undefined;
  let isDecided = false;

  function take(over: Choice | undefined, isWorth: boolean): void {
    [choice, isDecided] = [over, true];
    if (!isWorth) return;
    run = begin(run.parameters);
    first.dispose();
  }

  return {
    get parameters() {
      return run.parameters;
    },
    get norm() {
      return run.norm;
    },
    get choice() {
      return choice;
    },
    async prepare(batches) {
      if (!isDecided) {
        const worth = await weigh(run.parameters, batches.batch(sampleIndices(batches)));
        take(worth && choiceOf(worth), worth?.isWorth ?? false);
      }
      await run.prepare?.(batches);
    },
    step: (batches) => run.step(batches),
    state: () =>
      run === first ? run.state() : joinStates({ run: run.state(), choice: textState(JSON.stringify(choice)) }),
    restore(parameters, state) {
      const saved = partOf(state, "choice");
      take(saved && JSON.parse(textOf(saved)), saved !== undefined);
      run.restore(parameters, saved ? partOf(state, "run")! : state);
    },
    dispose: () => run.dispose(),
  };
}
