/** Where a command writes and what it says when it leaves. */

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Width of a terminal. */
  readonly columns?: number;
}

export interface Io {
  /** Of the program, before each message. */
  readonly name: string;
  /** Results. */
  readonly out: Output;
  /** Warnings and errors. */
  readonly err: Output;
  /** 0 for what went well, 1 for what failed, 2 for misuse, 130 and 143 for what was interrupted. */
  exitCode: number;
}

/** One line to the person at the other end. */
export function tell(io: Io, message: string): void {
  io.err.write(`${io.name}: ${message}\n`);
}
