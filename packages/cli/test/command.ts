/** The command line as tests call it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { quadric as program } from "../src/cli.ts";
import { type Program, runProgram } from "../src/program.ts";

export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** `out` as JSON lines. */
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect in it.
  readonly lines: () => any[];
}

/** Runs one command in this process, off a terminal. */
export const quadric = (...args: string[]): Promise<Answer> => run(program, args);

export async function run(program: Program, args: readonly string[]): Promise<Answer> {
  let out = "";
  let err = "";
  const code = await runProgram(program, args, { write: (text) => (out += text) }, { write: (text) => (err += text) });
  return {
    code,
    out,
    err,
    lines: () =>
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
  };
}

/** A folder that is gone after the tests of this file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "quadric-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Two classes apart by the sign of x − y, ten examples each. */
export function writeCsv(path: string, change: (lines: string[]) => string[] = (lines) => lines): string {
  const points = Array.from({ length: 20 }, (_, i) => [Math.sin(i), Math.sin(i) + (i % 2 ? 0.5 : -0.5), i % 2]);
  writeFileSync(path, `${change(["x,y,side", ...points.map((point) => point.join(","))]).join("\n")}\n`);
  return path;
}
