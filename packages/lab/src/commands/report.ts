/**
 * `quadric-lab report`: `quadric report` of an experiment, with its title, its order of methods and the paper's curves.
 */
import { join } from "node:path";
import { type Command, type Io, tell } from "quadric-cli/internal";
import { readExperiment } from "../experiment.ts";
import { paperCurves } from "../paper-curves.ts";

export function addReportCommand(program: Command, io: Io): void {
  program
    .command("report")
    .description("One self-contained HTML page about an experiment, and its pictures.")
    .argument("<folder>", "the folder of an experiment that reproduce has run")
    .option("--out <file>", "the page (default: report.html in the folder)")
    .option("--pictures <folder>", "write every picture as SVG and PNG, too")
    .action(async (folder, { out = join(folder, "report.html"), pictures }) => {
      const experiment = readExperiment(join(folder, "experiment.json"));
      const { makeReport, writeReport } = await import("quadric-cli/pictures");
      const isTraining = experiment.kind === "training";
      const page = await makeReport([folder], {
        title: experiment.title,
        purpose: `Reproduces ${experiment.figure}.`,
        order: isTraining ? experiment.methods.map(({ label }) => label) : [],
        references: isTraining && experiment.report.paper ? paperCurves(experiment.report.paper) : undefined,
        warn: (message) => tell(io, message),
      });
      writeReport(page, { out, pictures });
      io.out.write(`${out}\n`);
    });
}
