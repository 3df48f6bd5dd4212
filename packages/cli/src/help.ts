/** What `--help` says beyond the options: examples that can be pasted, and where to read on. */
import type { Command } from "@commander-js/extra-typings";

const docs = "https://github.com/quadric-js/quadric/blob/main/docs";

/** Headings of the overview of commands. */
export const groups = {
  train: "Train and predict:",
  fit: "Fit a curve:",
  look: "Look at runs:",
  shell: "Shell:",
} as const;

/** @param page - of the documentation, such as "cli#train". */
export function helpText(examples: readonly (readonly [command: string, says: string])[], page: string): string {
  const width = Math.max(...examples.map(([command]) => command.length));
  const lines = examples.map(([command, says]) => `  ${command.padEnd(width)}  ${says}`);
  const [file, heading] = page.split("#");
  return `\nExamples:\n${lines.join("\n")}\n\n${docs}/${file}.md${heading ? `#${heading}` : ""}`;
}

/** What other programs call our options. */
const otherNames: Readonly<Record<string, string>> = {
  "--learning-rate": "--lr",
  "--lerning-rate": "--lr",
  "--batch": "--batch-size",
  "--batchsize": "--batch-size",
  "--iterations": "--steps",
  "--max-iterations": "--steps",
  "--max-iter": "--steps",
  "--max-steps": "--steps",
  "--output": "--out",
  "--method": "--optimizer",
  "--regularization": "--l2",
  "--alpha": "--l2",
  "--validation-split": "--test-fraction",
  "--test-size": "--test-fraction",
  "--random-state": "--seed",
  "--time": "--budget-seconds",
  "--y-column": "--target",
  "--label-column": "--target",
  "--guess": "--start",
  "--p0": "--start",
};

/** " Did you mean …?" for an option that another program has and the command of this name lacks. */
export function otherName(program: Command, args: readonly string[], message: string): string {
  const unknown = /unknown option '(--[\w-]+)/.exec(message)?.[1];
  const known = unknown === undefined || message.includes("Did you mean") ? undefined : otherNames[unknown];
  const command = program.commands.find((one) => one.name() === args[0]);
  return known && command?.options.some(({ long }) => long === known) ? ` (Did you mean ${known}?)` : "";
}
