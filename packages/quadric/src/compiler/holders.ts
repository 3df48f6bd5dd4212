/** Who still needs the programs of a batch shape, so that they are not disposed of under anyone's hands. */
export interface Holders {
  /** Whether calls run, or linearizations live, that need the programs. */
  readonly isHeld: () => boolean;
  /** Keeps the programs while a call runs. */
  during<T>(call: () => Promise<T>): Promise<T>;
  /** Keeps them until the returned function is called; objectives that are disposed of do not wait for it. */
  hold(): () => void;
  /** Runs `dispose` when the last call has ended. */
  afterCalls(dispose: () => void): void;
}

export function makeHolders(): Holders {
  let [calls, lives] = [0, 0];
  const waiting: (() => void)[] = [];
  return {
    isHeld: () => calls + lives > 0,
    async during(call) {
      calls++;
      try {
        return await call();
      } finally {
        calls--;
        if (calls === 0) for (const dispose of waiting.splice(0)) dispose();
      }
    },
    hold() {
      let isHolding = true;
      lives++;
      return () => {
        if (isHolding) lives--;
        isHolding = false;
      };
    },
    afterCalls(dispose) {
      if (calls === 0) dispose();
      else waiting.push(dispose);
    },
  };
}
