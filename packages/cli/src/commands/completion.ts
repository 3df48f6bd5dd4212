/** `quadric completion`: a script by which a shell completes commands, options and their values. */
import type { Command } from "@commander-js/extra-typings";
import { completionScript, shells } from "../completion.ts";
import { groups, helpText } from "../help.ts";
import type { Io } from "../io.ts";
import { oneOf } from "../values.ts";

export function addCompletionCommand(program: Command, io: Io): void {
  program
    .command("completion")
    .helpGroup(groups.shell)
    .description("Print a script that completes commands, options and values.")
    .argument("<shell>", shells.join(", "), oneOf("shell", shells))
    .addHelpText(
      "after",
      helpText(
        [
          ["source <(quadric completion bash)", "for this shell, until it ends"],
          ["quadric completion fish > ~/.config/fish/completions/quadric.fish", "for every fish"],
        ],
        "cli#completion",
      ),
    )
    .action((shell) => {
      io.out.write(completionScript(program, shell));
    });
}
