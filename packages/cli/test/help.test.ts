import { describe, expect, test, vi } from "vitest";
import { quadric as program } from "../src/cli.ts";
import { outputOn } from "../src/io.ts";
import { runProgram } from "../src/program.ts";
import { quadric } from "./command.ts";

const commands = [
  "train",
  "fit",
  "resume",
  "evaluate",
  "predict",
  "export",
  "spectrum",
  "report",
  "compare",
  "completion",
];

describe("--help", () => {
  test("lists the commands in groups, with examples and the address of the docs", async () => {
    const { out } = await quadric("--help");
    for (const group of ["Train and predict:", "Fit a curve:", "Look at runs:", "Examples:"])
      expect(out).toContain(group);
    for (const command of commands) expect(out).toMatch(new RegExp(`^  ${command} `, "m"));
    expect(out).toContain("https://github.com/quadric-js/quadric/blob/main/docs/cli.md");
  });

  test.each(commands)(
    "of %s has examples of itself, the address of its docs, and no default twice",
    async (command) => {
      const { out } = await quadric(command, "--help");
      expect(out).toMatch(new RegExp(`Examples:\\n.*quadric ${command} `));
      expect(out).toMatch(/^https:\/\/.*\.md(#[\w-]+)?$/m);
      const options = out.split(/^ {2}-/m).slice(1);
      for (const option of options) expect(option.match(/default:/g)?.length ?? 0).toBeLessThan(2);
    },
  );

  test("an option that other programs have leads to ours", async () => {
    const { err } = await quadric("train", "--learning-rate", "1");
    expect(err).toContain("(Did you mean --lr?)");
    expect((await quadric("predict", "run", "file", "--learning-rate", "1")).err).not.toContain("Did you mean");
  });

  test.each([
    [["train", "--data", "digts"], '"digits"'],
    [["train", "--model", "convnt"], '"convnet"'],
    [["train", "--optimizer", "tr-rmsprop", "--preset", "fashion-mnist-mpl"], '"fashion-mnist-mlp"'],
    [["train", "--loss", "cross-entropie"], '"cross-entropy"'],
  ])("%j is told of %s", async (args, meant) => {
    expect((await quadric(...args)).err).toContain(`Did you mean ${meant}?`);
  });
});

describe("colours", () => {
  const written = async (stream: object) => {
    let text = "";
    const write = (part: string) => (text += part);
    await runProgram(program, ["train", "--sed", "1"], { write }, { write, ...stream });
    return text;
  };

  test("mark errors on a terminal, and nothing off it or with NO_COLOR", async () => {
    vi.stubEnv("NO_COLOR", "");
    vi.stubEnv("FORCE_COLOR", "");
    vi.stubEnv("TERM", "xterm");
    try {
      expect(await written({ isTTY: true })).toContain("\x1b[31mquadric:");
      expect(await written({})).not.toContain("\x1b");
      vi.stubEnv("NO_COLOR", "1");
      expect(await written({ isTTY: true })).not.toContain("\x1b");
      vi.stubEnv("NO_COLOR", "");
      vi.stubEnv("FORCE_COLOR", "1");
      expect(outputOn({ write: () => {} }).colours.isColorSupported).toBe(true);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
