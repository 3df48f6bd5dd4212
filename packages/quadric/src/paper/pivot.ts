/**
 * The pivot: every K epochs the loss on all data decides whether the period is kept.
 *
 *   F < F_pivot: F_pivot ← F, take a snapshot     else: back to the snapshot, b ← min(c·b, b_max·n)
 *
 * Symbols: F loss on all data, b batch size, n examples. A snapshot holds the parameters and the whole state of the
 * method (Δ, norm). The pivot waits for an accepted step, so that no half-judged model is part of it; its values are
 * charged. References: [Kohler2020], pivot check of the released code (which restored the parameters only).
 */

import { fullValue } from "../optimizer/newton/evaluation-batch.ts";
import type { Optimizer } from "../optimizer/optimizer.ts";
import type { State } from "../vector/state.ts";
import { joinStates, partOf, withoutPart } from "../vector/state.ts";
import type { Vector } from "../vector/vector.ts";
import { withSetting } from "./settings.ts";

export interface PivotOptions {
  /** K > 0. */
  readonly epochs: number;
  /** c ≥ 1: growth of the batch after a roll-back. */
  readonly growth: number;
  /** b_max in (0, 1]: largest batch as a share of the data. */
  readonly cap: number;
  /** What a roll-back restores; defaults to "all". */
  readonly restore?: "all" | "parameters";
}

export function pivoted(inner: Optimizer, { epochs, growth, cap, restore: what = "all" }: PivotOptions): Optimizer {
  if (!(epochs > 0)) throw new RangeError(`pivot: epochs must be > 0, got ${epochs}.`);
  if (!(growth >= 1)) throw new RangeError(`pivot: growth must be >= 1, got ${growth}.`);
  if (!(cap > 0 && cap <= 1)) throw new RangeError(`pivot: cap must be in (0, 1], got ${cap}.`);
  return {
    ...withSetting("pivot", { epochs, growth, cap, restore: what }, inner),
    start(objective, parameters, options) {
      const run = inner.start(objective, parameters, options);
      let best: { loss: number; due: number; w: Vector; state: State } | undefined;
      let atRest = true;
      return {
        get parameters() {
          return run.parameters;
        },
        get norm() {
          return run.norm;
        },
        prepare: async (batches) => run.prepare?.(batches),
        async step(batches) {
          let pivot: "kept" | "rolled-back" | undefined;
          if (!best || (atRest && batches.epochs >= best.due)) {
            const value = await fullValue(objective, run.parameters, batches);
            const loss = Number.isFinite(value) ? value : Infinity;
            const due = (best?.due ?? batches.epochs) + epochs;
            if (!best || loss < best.loss) {
              pivot = best && "kept";
              // A restart repeats pending work for free, a roll-back has to pay for it again.
              best = { loss, due, w: run.parameters, state: withoutPart(run.state(), "pending") };
            } else {
              pivot = "rolled-back";
              best = { ...best, due };
              run.restore(best.w, what === "all" ? best.state : run.state());
              const largest = Math.max(batches.batchSize, Math.floor(cap * batches.examples));
              batches.batchSize = Math.min(Math.ceil(growth * batches.batchSize), largest);
            }
          }
          const record = await run.step(batches);
          atRest = record.accepted;
          return pivot ? { ...record, pivot } : record;
        },
        state: () =>
          joinStates({
            run: run.state(),
            pivot: {
              scalars: { atRest: Number(atRest), ...(best && { loss: best.loss, due: best.due }) },
              vectors: best ? { w: best.w } : {},
            },
            ...(best && { best: best.state }),
          }),
        restore(w, state) {
          run.restore(w, partOf(state, "run")!);
          const { scalars, vectors } = partOf(state, "pivot")!;
          atRest = scalars.atRest === 1;
          const snapshot = partOf(state, "best");
          best = snapshot && { loss: scalars.loss, due: scalars.due, w: vectors.w, state: snapshot };
        },
        dispose: () => run.dispose(),
      };
    },
  };
}
