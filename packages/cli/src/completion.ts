/**
 * Shell completion, written from the commands themselves: names, options, and the values of options
 * and arguments that have a list; files elsewhere.
 */
import type { Command } from "@commander-js/extra-typings";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

interface CompletedOption {
  readonly flag: string;
  readonly description: string;
  readonly takesValue: boolean;
  /** Empty if any value may stand there. */
  readonly choices: readonly string[];
}

interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  /** What its one argument may be; empty if it is a file, or there are several. */
  readonly choices: readonly string[];
}

/** The script for a shell to source. */
export function completionScript(program: Command, shell: Shell): string {
  const commands = program.commands.map(
    (command): CompletedCommand => ({
      name: command.name(),
      description: command.description(),
      options: command.options.map(({ long, description, required, parseArg }) => ({
        flag: long!,
        description,
        takesValue: required,
        choices: choicesOf(parseArg),
      })),
      choices: command.registeredArguments.length === 1 ? choicesOf(command.registeredArguments[0].parseArg) : [],
    }),
  );
  return { bash, zsh, fish }[shell](program.name(), commands);
}

/** The list that a checker of values carries, if it has one. */
const choicesOf = (parse: unknown): readonly string[] =>
  (parse as { choices?: readonly string[] } | undefined)?.choices ?? [];

function bash(program: string, commands: readonly CompletedCommand[]): string {
  // After its own name a command's argument, after a flag the flag's value.
  const values = commands.flatMap(({ name, choices, options }) =>
    [{ flag: name, choices }, ...options].flatMap(({ flag, choices }) =>
      choices.length > 0 ? [`    "${name} ${flag}") words="${choices.join(" ")}" ;;`] : [],
    ),
  );
  const flags = commands.map(
    ({ name, options }) => `    ${name}) words="${options.map(({ flag }) => flag).join(" ")}" ;;`,
  );
  return `# ${program} completion for bash: source it, or put it into ~/.bash_completion
_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join("\n")}
  esac
  if [[ -z $words && $COMP_CWORD == 1 ]]; then words="${commands.map(({ name }) => name).join(" ")}"; fi
  if [[ -z $words && $current == -* ]]; then
    case "\${COMP_WORDS[1]}" in
${flags.join("\n")}
    esac
  fi
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _${program} ${program}
`;
}

function zsh(program: string, commands: readonly CompletedCommand[]): string {
  const spec = ({ flag, description, takesValue, choices }: CompletedOption) => {
    const values = choices.length > 0 ? `:value:(${choices.join(" ")})` : ":value:_files";
    return quoted(`${flag}${takesValue ? "=" : ""}[${inBrackets(description)}]${takesValue ? values : ""}`);
  };
  const cases = commands.map(
    ({ name, options, choices }) =>
      `    ${name}) _arguments ${options.map(spec).join(" ")} ${choices.length > 0 ? `'1:value:(${choices.join(" ")})'` : "'*:file:_files'"} ;;`,
  );
  return `#compdef ${program}
# ${program} completion for zsh: put it into a folder of $fpath as _${program}
_${program}() {
  local -a commands
  commands=(${commands.map(({ name, description }) => quoted(`${name}:${description}`)).join(" ")})
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _${program} ]]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

function fish(program: string, commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, description, options, choices }) => [
    `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
    ...(choices.length > 0
      ? [`complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -f -a ${quoted(choices.join(" "))}`]
      : []),
    ...options.map(({ flag, description, takesValue, choices }) => {
      const values = choices.length > 0 ? ` -f -a ${quoted(choices.join(" "))}` : "";
      const required = takesValue ? " -r" : "";
      return `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)} -d ${quoted(description)}${required}${values}`;
    }),
  ]);
  return `# ${program} completion for fish: put it into ~/.config/fish/completions/${program}.fish
${lines.join("\n")}
`;
}

/** One word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Within the brackets of zsh, which end at the first one that is not escaped. */
const inBrackets = (text: string): string => text.replace(/[[\]\\:]/g, "\\$&");
