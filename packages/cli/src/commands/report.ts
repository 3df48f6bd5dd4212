/** `quadric report`: runs as one page to look at, and as pictures. */
import { join } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { type Io, tell } from "../io.ts";

export function addReportCommand(program: Command, io: Io): void {
  program
    .command("report")
    .description("One self-contained HTML page about runs: tables, curves with intervals, configuration.")
    .argument("<folders...>", "run folders, or folders that hold some")
    .option("--out <file>", "the page (default: report.html in the first folder)")
    .option("--pictures <folder>", "write every picture as SVG and PNG, too")
    .option("--title <text>", "heading of the page")
    .action(async (folders, { out = join(folders[0], "report.html"), pictures, title }) => {
      // Loaded when asked for: pictures take longer to load than a table to read.
      const [{ makeReport }, { writeReport }] = await Promise.all([
        import("../report/report.ts"),
        import("../report/write.ts"),
      ]);
      const page = await makeReport(folders, { title, warn: (message) => tell(io, message) });
      writeReport(page, { out, pictures });
      io.out.write(`${out}\n`);
    });
}
