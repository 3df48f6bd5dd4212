/**
 * Turns for runs that share one thread: one step at a time, and it is the turn of the run that has spent the least. So
 * the order of steps depends on the runs alone, not on the clock.
 */
export interface Gate {
  /** Waits for this run's turn; the turn ends when the run asks again or leaves. */
  pass(run: string, spent: number): Promise<void>;
  leave(run: string): void;
  /** Runs that have spent less than this may go; 0 closes the gate after the step under way. */
  openUntil(limit: number): void;
  /** Closes the gate and lets each run take one step more. */
  step(): void;
  /** Whether runs continue by themselves; single steps do not count. */
  readonly isOpen: boolean;
}

interface Waiting {
  readonly run: string;
  readonly spent: number;
  go(): void;
}

/** @param rested - Called whenever the gate comes to rest. */
export function makeGate(rested: () => void): Gate {
  let limit = 0;
  let active: string | undefined;
  let waiting: readonly Waiting[] = [];
  let singles: readonly string[] = [];

  const candidates = () => waiting.filter(({ run, spent }) => spent < limit || singles.includes(run));
  const next = () => {
    if (active !== undefined) return;
    const chosen = candidates().sort((a, b) => a.spent - b.spent)[0];
    if (!chosen) {
      rested();
      return;
    }
    active = chosen.run;
    waiting = waiting.filter((other) => other !== chosen);
    singles = singles.filter((run) => run !== chosen.run);
    soon(chosen.go);
  };
  const free = (run: string) => {
    if (active === run) active = undefined;
  };
  return {
    pass(run, spent) {
      free(run);
      return new Promise((go) => {
        waiting = [...waiting, { run, spent, go }];
        next();
      });
    },
    leave(run) {
      free(run);
      waiting = waiting.filter((other) => other.run !== run);
      next();
    },
    openUntil(value) {
      limit = value;
      singles = [];
      next();
    },
    step() {
      limit = 0;
      singles = waiting.map(({ run }) => run);
      next();
    },
    get isOpen() {
      return limit > 0 && (active !== undefined || candidates().length > 0);
    },
  };
}

/** Runs `work` in a separate task, so that messages get their turn between steps; timers would wait 4 ms each time. */
function soon(work: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    work();
  };
  port2.postMessage(undefined);
}
