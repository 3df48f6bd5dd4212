/** Where a command writes and what it says when it leaves. */
import { printable, printableLine } from "./printable.ts";

/** A stream, such as standard output. */
export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Width of a terminal. */
  readonly columns?: number;
}

/** A stream as commands see it. */
export interface Output {
  /** Writes the text with its control characters spelt out: it may come from anywhere. */
  write(text: string): unknown;
  /** Writes colours and movements, too: for text of which every part is ours or printable. */
  writeStyled(text: string): unknown;
  /** For a library that draws on it by itself; same rule. */
  readonly stream: Stream;
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

export function outputOn(stream: Stream): Output {
  return {
    stream,
    write: (text) => stream.write(printable(text)),
    writeStyled: (text) => stream.write(text),
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
  };
}

/** One line to the person at the other end. */
export function tell(io: Io, message: string): void {
  io.err.write(`${io.name}: ${printableLine(message)}\n`);
}
