import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { accountedCompiler } from "../../src/compiler/accounted-compiler.ts";
import type { Executable } from "../../src/compiler/backends/backend.ts";
import { wasm } from "../../src/compiler/backends/wasm/backend.ts";

test("a program that could not be made is its caller's error alone: the others are disposed of", async () => {
  let disposed = 0;
  const executable: Executable = { run: async () => [], dispose: () => void disposed++ };
  const graph = { inputs: [], outputs: [] };
  let made = 0;
  const compile = () => (made++ === 1 ? Promise.reject(new Error("no session")) : Promise.resolve(executable));
  const report = { traceMs: 0, backendMs: 0, programs: 0 };
  const compiler = accountedCompiler({ ...wasm(), compile }, report);
  await compiler.compile(graph);
  await expect(compiler.compile(graph)).rejects.toThrow("no session");
  await compiler.compile(graph);
  compiler.dispose();
  // An unhandled rejection would be known by now, and fail this file.
  await setImmediate();
  expect([disposed, report.programs]).toEqual([2, 2]);
});
