/** The command `quadric`: its commands, and what becomes of their errors. */
import { Command, CommanderError } from "@commander-js/extra-typings";
import { ConfigError, ShapeError, UnsupportedPrimitiveError } from "quadric";
import { addCompareCommand } from "./commands/compare.ts";
import { addEvaluateCommand } from "./commands/evaluate.ts";
import { addExportCommand } from "./commands/export.ts";
import { addPredictCommand } from "./commands/predict.ts";
import { addReportCommand } from "./commands/report.ts";
import { addReproduceCommand } from "./commands/reproduce.ts";
import { addResumeCommand } from "./commands/resume.ts";
import { addSpectrumCommand } from "./commands/spectrum.ts";
import { addTrainCommand } from "./commands/train.ts";
import { addTuneCommand } from "./commands/tune.ts";
import { addWorkerCommand } from "./commands/worker.ts";
import { version } from "./environment.ts";
import { type Io, type Output, tell } from "./io.ts";

/** Runs one command line (without the program's name) and returns the exit code; nothing is thrown. */
export async function cli(args: readonly string[], out: Output, err: Output): Promise<number> {
  const io: Io = { out, err, exitCode: 0 };
  const program = new Command("quadric")
    .description("Second-order training in adaptive norms.")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      outputError: (text) =>
        tell(
          io,
          text
            .replace(/^error: /, "")
            .replace(/\s*\n\s*/g, " ")
            .trim(),
        ),
    });
  addTrainCommand(program, io);
  addResumeCommand(program, io);
  addEvaluateCommand(program, io);
  addPredictCommand(program, io);
  addExportCommand(program, io);
  addSpectrumCommand(program, io);
  addReportCommand(program, io);
  addReproduceCommand(program, io);
  addWorkerCommand(program, io);
  addTuneCommand(program, io);
  addCompareCommand(program, io);
  try {
    await program.parseAsync(args, { from: "user" });
    return io.exitCode;
  } catch (error) {
    return explain(error, io);
  }
}

/** A user's mistake in one line, a failing disk in one line; a mistake of ours with its stack. */
function explain(error: unknown, io: Io): number {
  // Commander has said it already; its help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ConfigError || error instanceof ShapeError || error instanceof UnsupportedPrimitiveError) {
    tell(io, error.message);
    return 2;
  }
  if (error instanceof Error && "syscall" in error) {
    tell(io, error.message);
    return 1;
  }
  tell(io, `internal error. ${error instanceof Error ? error.stack : String(error)}`);
  return 1;
}
