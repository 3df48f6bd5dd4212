/** `quadric compare`: methods compared over their runs, with the statistics that a few seeds allow. */
import type { Command } from "@commander-js/extra-typings";
import { ConfigError } from "quadric";
import { type Contender, compare } from "../compare/comparison.ts";
import { type Axis, axes, curveOf } from "../compare/curves.ts";
import { comparisonTables } from "../compare/tables.ts";
import { groups, helpText } from "../help.ts";

import { type Io, tell } from "../io.ts";
import { groupRuns, readRuns } from "../runs.ts";
import { suggestion } from "../suggestion.ts";
import { oneOf, positive } from "../values.ts";

export function addCompareCommand(program: Command, io: Io): void {
  program
    .command("compare")
    .helpGroup(groups.look)
    .description("Compare methods over their runs: means with intervals, paired differences, cost to a target loss.")
    .argument("<runs...>", "run folders, or folders of them; runs of one label are one method, paired by seed")
    .option("--baseline <label>", "the method the others are compared with (default: the first)")
    .option("--target <loss>", "training loss to reach (default: the baseline's best)", positive("--target"))
    .option("--at <marks>", "also compare there: marks separated by commas")
    .option("--axis <name>", `of the marks: ${axes.join(", ")}`, oneOf("--axis", axes), "backprops")
    .option("--json", "print one JSON object a number")
    .addHelpText(
      "after",
      helpText(
        [
          ["quadric compare runs", "all methods below a folder"],
          ["quadric compare runs --baseline adam --at 100,500", "at 100 and 500 backprops, too"],
        ],
        "cli#compare",
      ),
    )
    .action((paths, { baseline, target, at, axis, json }) => {
      const warn = (message: string) => tell(io, message);
      const contenders = groupRuns(paths.flatMap((path) => readRuns(path, warn))).map(({ name, runs }): Contender => {
        const curves = new Map(
          runs.map(({ path, record, rows, summary }) => {
            const curve = curveOf(rows, summary);
            if (curve.length > 0) return [record.config.seed, curve];
            throw new ConfigError(`${path}: must be finished, or evaluated along the way by --evaluate-every.`);
          }),
        );
        if (curves.size === runs.length) return { name, curves };
        throw new ConfigError(`${name}: must have one run a seed, got ${runs.length} runs over ${curves.size} seeds.`);
      });
      const names = contenders.map(({ name }) => name);
      const base = baseline ?? names[0];
      if (!names.includes(base)) {
        throw new ConfigError(
          `--baseline: must be one of ${names.join(", ")}, got ${JSON.stringify(base)}.${suggestion(base, names)}`,
        );
      }
      const marks = at?.split(",").map(positive("--at")) ?? [];
      const numbers = compare(contenders, {
        baseline: base,
        target,
        at: marks.map((mark): { axis: Axis; mark: number } => ({ axis, mark })),
      });
      if (json) for (const number of numbers) io.out.write(`${JSON.stringify(number)}\n`);
      else io.out.write(comparisonTables(numbers, base));
    });
}
