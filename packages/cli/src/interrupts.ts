/** Ctrl-C once: finish the step, save, leave. Twice: leave now. SIGTERM likewise. */

export interface Interrupts {
  readonly signal: AbortSignal;
  /** 128 + the number of the signal that came; undefined before one did. */
  readonly exitCode: number | undefined;
  /** Does nothing once a signal came: the process is leaving then, and another one still means now. */
  stopListening(): void;
}

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

export function listenForInterrupts(tell: (message: string) => void): Interrupts {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const listener = (name: keyof typeof exitCodes) => {
    if (exitCode !== undefined) process.exit(exitCodes[name]);
    exitCode = exitCodes[name];
    tell("finishing the step and saving; once more to leave at once");
    controller.abort();
  };
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[];
  const listeners = names.map((name) => [name, () => listener(name)] as const);
  for (const [name, handle] of listeners) process.on(name, handle);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    stopListening() {
      if (exitCode !== undefined) return;
      for (const [name, handle] of listeners) process.off(name, handle);
    },
  };
}
