/** One run of a command-line program: its commands, and what becomes of their errors. */
import { Command, CommanderError } from "@commander-js/extra-typings";
import { ConfigError, ShapeError, UnsupportedPrimitiveError } from "quadric";
import { version } from "./environment.ts";
import { otherName } from "./help.ts";
import { type Io, outputOn, type Stream, tell } from "./io.ts";

export interface Program {
  /** As people type it. */
  readonly name: string;
  readonly description: string;
  /** The end of its help. */
  readonly footer?: string;
  readonly commands: readonly ((program: Command, io: Io) => void)[];
}

/** Runs one command line (without the program's name) and returns the exit code; nothing is thrown. */
export async function runProgram(
  { name, description, footer, commands }: Program,
  args: readonly string[],
  out: Stream,
  err: Stream,
): Promise<number> {
  const io: Io = { name, args, out: outputOn(out), err: outputOn(err), exitCode: 0 };
  const program = new Command(name)
    .description(description)
    .version(version)
    .exitOverride()
    .addHelpText("after", footer ? `\n${footer}` : "")
    .configureHelp({ styleTitle: io.out.colours.bold, styleCommandText: io.out.colours.cyan })
    .configureOutput({
      getOutHasColors: () => io.out.colours.isColorSupported,
      // Help is ours and has colours.
      writeOut: (text) => io.out.writeStyled(text),
      writeErr: (text) => io.err.write(text),
      outputError: (text) =>
        tell(
          io,
          text
            .replace(/^error: /, "")
            .replace(/\s*\n\s*/g, " ")
            .trim() + otherName(program, args, text),
          "red",
        ),
    });
  for (const add of commands) add(program, io);
  try {
    await program.parseAsync(args, { from: "user" });
    return io.exitCode;
  } catch (error) {
    return explain(error, io);
  }
}

/** The same for a bin: arguments, streams and exit code of this process. */
export async function runProcess(program: Program): Promise<void> {
  // `quadric train --json | head -1` is a way of stopping, not an error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  process.exitCode = await runProgram(program, process.argv.slice(2), process.stdout, process.stderr);
}

/** What the file system says of a path that no disk would take. */
const misnamed = ["ENAMETOOLONG", "ELOOP", "ENOTDIR", "EISDIR"];

/** A user's mistake in one line, a failing disk in one line; a mistake of ours with its stack. */
function explain(error: unknown, io: Io): number {
  // Commander has said it already; its help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ConfigError || error instanceof ShapeError || error instanceof UnsupportedPrimitiveError) {
    tell(io, error.message, "red");
    return 2;
  }
  if (error instanceof Error && "syscall" in error) {
    tell(io, error.message, "red");
    return misnamed.includes((error as NodeJS.ErrnoException).code ?? "") ? 2 : 1;
  }
  io.err.write(`${io.name}: internal error. ${error instanceof Error ? error.stack : String(error)}\n`);
  return 1;
}
