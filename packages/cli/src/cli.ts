/** The command `quadric`. */
import { addCompareCommand } from "./commands/compare.ts";
import { addCompletionCommand } from "./commands/completion.ts";
import { addEvaluateCommand } from "./commands/evaluate.ts";
import { addExportCommand } from "./commands/export.ts";
import { addFitCommand } from "./commands/fit.ts";
import { addPredictCommand } from "./commands/predict.ts";
import { addReportCommand } from "./commands/report.ts";
import { addResumeCommand } from "./commands/resume.ts";
import { addSpectrumCommand } from "./commands/spectrum.ts";
import { addTrainCommand } from "./commands/train.ts";
import { helpText } from "./help.ts";
import type { Program } from "./program.ts";

export const quadric: Program = {
  name: "quadric",
  description: "Fit curves, tables and networks with second-order methods: no learning rate to tune.",
  footer: `${helpText(
    [
      ["quadric fit 'a*exp(-b*x) + c' data.csv", "a curve: values, errors, plot"],
      ["quadric train --data table.csv --target price", "a table: networks, compared with a linear fit"],
      ["quadric predict runs/table-auto-1 new.csv", "what they say about new rows"],
    ],
    "cli",
  ).trimStart()}\nquadric <command> --help lists the options of a command.`,
  commands: [
    addTrainCommand,
    addFitCommand,
    addResumeCommand,
    addEvaluateCommand,
    addPredictCommand,
    addExportCommand,
    addSpectrumCommand,
    addReportCommand,
    addCompareCommand,
    addCompletionCommand,
  ],
};
