/** Where a command writes and what it says when it leaves. */
import pc from "picocolors";
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
  /** Colours on a terminal, unless NO_COLOR is set; elsewhere they change nothing. */
  readonly colours: ReturnType<typeof pc.createColors>;
  /** For a library that draws on it by itself; same rule. */
  readonly stream: Stream;
  readonly isTTY?: boolean;
  /** Width of a terminal. */
  readonly columns?: number;
}

export interface Io {
  /** Of the program, before each message. */
  readonly name: string;
  /** What follows the name on the command line. */
  readonly args: readonly string[];
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
    colours: pc.createColors(hasColours(stream)),
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

/** NO_COLOR and FORCE_COLOR as no-color.org and Node have them: set, and not empty. */
function hasColours({ isTTY = false }: Stream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  return FORCE_COLOR ? FORCE_COLOR !== "0" : isTTY && TERM !== "dumb";
}

/** What to do next, for the person at a terminal. */
export function next(io: Io, text: string): void {
  if (io.out.isTTY) io.out.writeStyled(`${io.out.colours.dim(`next: ${printableLine(text)}`)}\n`);
}

/** One line to the person at the other end: red for what ends the command, yellow for the rest. */
export function tell(io: Io, message: string, colour: "red" | "yellow" = "yellow"): void {
  io.err.writeStyled(`${io.err.colours[colour](`${io.name}:`)} ${printableLine(message)}\n`);
}

/** What was typed, such that a shell reads it the same. */
export const commandLine = ({ name, args }: Pick<Io, "name" | "args">): string =>
  [name, ...args]
    .map((word) => (/^[\w@%+=:,./*-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
