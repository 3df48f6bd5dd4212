/** `quadric report`: runs as one page to look at, as pictures, or as numbers for other programs. */
import { join } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { ConfigError } from "quadric";
import { groups, helpText } from "../help.ts";

import { type Io, next, tell } from "../io.ts";
import { groupRuns, readRuns } from "../runs.ts";
import { oneOf } from "../values.ts";

const formats = ["html", "csv", "tensorboard"] as const;

/** What each format is called in the first folder. */
const names: Readonly<Record<(typeof formats)[number], string>> = {
  html: "report.html",
  csv: "metrics.csv",
  tensorboard: "tensorboard",
};

export function addReportCommand(program: Command, io: Io): void {
  program
    .command("report")
    .helpGroup(groups.look)
    .description("One self-contained HTML page about runs: curves, tables, configuration.")
    .argument("<folders...>", "run folders, or folders that hold some")
    .option("--out <path>", "what to write (default: report.html, metrics.csv or tensorboard in the first folder)")
    .option(
      "--format <name>",
      `${formats.join(", ")}: a page, a table of all steps, event files`,
      oneOf("--format", formats),
      "html",
    )
    .option("--pictures <folder>", "write every picture as SVG and PNG, too")
    .option("--title <text>", "heading of the page")
    .addHelpText(
      "after",
      helpText(
        [
          ["quadric report runs/houses-auto-1", "one run"],
          ["quadric report runs --format csv --out steps.csv", "all steps of all runs, as a table"],
          ["quadric report runs --format tensorboard", "event files for TensorBoard"],
        ],
        "report",
      ),
    )
    .action(async (folders, { format, out = join(folders[0], names[format]), pictures, title }) => {
      const warn = (message: string) => tell(io, message);
      // Loaded when asked for: pictures take longer to load than a table to read.
      const { writeReport, writeCsv, writeEvents } = await import("../report/write.ts");
      if (format === "html") {
        const { makeReport } = await import("../report/report.ts");
        writeReport(await makeReport(folders, { title, warn }), { out, pictures });
      } else {
        if (pictures !== undefined || title !== undefined) {
          throw new ConfigError(
            `--format ${format}: must stand without --pictures and --title, which are of the page.`,
          );
        }
        const runs = folders.flatMap((folder) => readRuns(folder, warn));
        if (runs.length === 0) throw new ConfigError(`${folders.join(", ")}: must hold runs, got none.`);
        (format === "csv" ? writeCsv : writeEvents)(groupRuns(runs), out);
      }
      io.out.write(`${out}\n`);
      if (format === "tensorboard") next(io, `tensorboard --logdir ${out}`);
      else next(io, format === "csv" ? "open it in a spreadsheet, or read it with pandas" : "open it in a browser");
    });
}
