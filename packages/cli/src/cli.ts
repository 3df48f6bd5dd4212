/** The command `quadric`. */
import { addCompareCommand } from "./commands/compare.ts";
import { addEvaluateCommand } from "./commands/evaluate.ts";
import { addExportCommand } from "./commands/export.ts";
import { addFitCommand } from "./commands/fit.ts";
import { addPredictCommand } from "./commands/predict.ts";
import { addReportCommand } from "./commands/report.ts";
import { addResumeCommand } from "./commands/resume.ts";
import { addSpectrumCommand } from "./commands/spectrum.ts";
import { addTrainCommand } from "./commands/train.ts";
import type { Program } from "./program.ts";

export const quadric: Program = {
  name: "quadric",
  description: "Second-order training in adaptive norms.",
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
  ],
};
