import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { quadric, temporaryFolder } from "./command.ts";

const folder = temporaryFolder();

/** What bash offers for a command line that ends where the cursor is. */
async function offered(...words: string[]): Promise<string[]> {
  const { out, code } = await quadric("completion", "bash");
  expect(code).toBe(0);
  const list = words.map((word) => `'${word}'`).join(" ");
  const script = `${out}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _quadric; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.trimEnd().split("\n");
}

test("bash completes commands, options, values and arguments that have a list", async () => {
  expect(await offered("quadric", "tr")).toEqual(["train"]);
  expect(await offered("quadric", "train", "--budget-")).toEqual(["--budget-backprops", "--budget-seconds"]);
  expect(await offered("quadric", "train", "--curvature", "")).toEqual(["hessian", "gauss-newton"]);
  expect(await offered("quadric", "fit", "--decimal", "p")).toEqual(["point"]);
  expect(await offered("quadric", "completion", "")).toEqual(["bash", "zsh", "fish"]);
});

test.each(["zsh", "fish"])("%s is told of every command and its options", async (shell) => {
  const { out } = await quadric("completion", shell);
  for (const word of ["train", "fit", "resume", "report"]) expect(out).toContain(word);
  expect(out).toMatch(/-?-?curvature.*hessian gauss-newton/);
  expect(out).toMatch(/completion.*bash zsh fish/);
  const file = join(folder, `completion.${shell}`);
  writeFileSync(file, out);
  const { error, status, stderr } = spawnSync(shell, ["-n", file], { encoding: "utf8" });
  if (!error) expect([status, stderr]).toEqual([0, ""]);
});

test("fish completes values and arguments that have a list, if it is installed", async ({ skip }) => {
  const { out } = await quadric("completion", "fish");
  const script = `${out}\ncomplete -C "quadric train --curvature "; complete -C "quadric completion "`;
  const { error, stdout } = spawnSync("fish", ["--no-config", "-c", script], { encoding: "utf8" });
  skip(error !== undefined, "fish is not installed");
  expect(stdout.match(/^[\w-]+/gm)).toEqual(["gauss-newton", "hessian", "bash", "fish", "zsh"]);
});

test("a shell that is not known is refused", async () => {
  const { code, err } = await quadric("completion", "fishh");
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('Did you mean "fish"?') });
});
