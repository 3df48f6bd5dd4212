/** The command `quadric-lab`. */
import type { Program } from "quadric-cli/internal";
import { addReportCommand } from "./commands/report.ts";
import { addReproduceCommand } from "./commands/reproduce.ts";
import { addTuneCommand } from "./commands/tune.ts";
import { addWorkerCommand } from "./commands/worker.ts";

export const lab: Program = {
  name: "quadric-lab",
  description: "Experiments with quadric: those of the paper, and your own.",
  commands: [addReproduceCommand, addReportCommand, addTuneCommand, addWorkerCommand],
};
