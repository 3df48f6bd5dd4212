/**
 * Random losses over all that the compiler takes, on all engines, against plain float64 arithmetic that shares nothing
 * with it: see helpers/programs. `npm run soak:programs` has 20,000 of them; PROGRAMS=1:50 the first seed and how many,
 * PROGRAMS=7,12 single ones.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { jax, wasm } from "../../../src/index.ts";
import type { Dtype } from "../../../src/vector/vector.ts";
import { agreement, type Engine, expectationOf, graphsOf, type Verdict } from "../../helpers/programs/agreement.ts";
import { makeArithmetic } from "../../helpers/programs/jet.ts";
import { type ProblemChoices, problemChoices, problemOf, written } from "../../helpers/programs/problem.ts";
import { record } from "../../helpers/record.ts";

const programs = process.env.PROGRAMS ?? "1:100";
const [first, count] = programs.split(":").map(Number);
const seeds =
  count === undefined ? programs.split(",").map(Number) : Array.from({ length: count }, (_, i) => first + i);

const engines: Record<Dtype, readonly Engine[]> = {
  float32: [
    { name: "onnx()", dtype: "float32", backend: onnx() },
    { name: "wasm()", dtype: "float32", backend: wasm() },
    { name: "jax()", dtype: "float32", backend: jax() },
  ],
  float64: [
    { name: "onnx()", dtype: "float64", backend: onnx() },
    { name: "wasm()", dtype: "float64", backend: wasm() },
    { name: 'jax({ device: "cpu" })', dtype: "float64", backend: jax({ device: "cpu" }) },
  ],
};

/** How a program is run: types take turns; jax-js, which is slow, has one in four; objectives as users have them one in eight. */
function planOf(seed: number): { asked: readonly Engine[]; isWhole: boolean } {
  const all = engines[seed % 2 === 0 ? "float32" : "float64"];
  return { asked: seed % 8 < 2 ? all : all.slice(0, 2), isWhole: seed % 16 > 13 };
}

interface Outcome {
  readonly engine: Engine;
  readonly verdict: Verdict;
  readonly what: string;
}

async function outcomesOf(choices: ProblemChoices, asked: readonly Engine[], isWhole: boolean): Promise<Outcome[]> {
  const problem = problemOf(choices);
  const expectation = expectationOf(problem);
  const outcomes: Outcome[] = [];
  let graphs: ReturnType<typeof graphsOf> | undefined;
  for (const engine of asked) {
    const shared = () => (graphs ??= graphsOf(problem, engine.dtype));
    outcomes.push({ engine, ...(await agreement(problem, expectation, engine, isWhole ? undefined : shared)) });
  }
  return outcomes;
}

/** What differs of the least program that does: lines go first, what is left shrinks as fast-check has it. */
async function shrunk(choices: ProblemChoices, { engine, what }: Outcome, isWhole: boolean): Promise<string> {
  let [least, best] = [choices, what];
  const fails = async (candidate: ProblemChoices): Promise<boolean> => {
    const [outcome] = await outcomesOf(candidate, [engine], isWhole);
    const isFailure = outcome.verdict === "differs";
    if (isFailure) [least, best] = [candidate, outcome.what];
    return isFailure;
  };
  for (const part of ["parameters", "loss", "model"] as const) {
    for (let i = least[part].length - 1; i >= (part === "parameters" ? 1 : 0); i--) {
      await fails({ ...least, [part]: least[part].toSpliced(i, 1) });
    }
  }
  const property = fc.asyncProperty(problemChoices, async (candidate) => !(await fails(candidate)));
  await fc.check(property, { examples: [[least]], numRuns: 1, interruptAfterTimeLimit: 30_000 });
  return `${engine.name}, ${engine.dtype}: ${best}\n${written(problemOf(least), engine.name, engine.dtype)}`;
}

/** Seeds after which a campaign writes what it has. */
const partLength = 500;

test(`${seeds.length} random programs have the values and derivatives of plain arithmetic`, async () => {
  const tally: Record<string, Partial<Record<Verdict, number>>> = {};
  const failures: string[] = [];
  for (const [i, seed] of seeds.entries()) {
    const [choices] = fc.sample(problemChoices, { seed, numRuns: 1 });
    const { asked, isWhole } = planOf(seed);
    try {
      for (const outcome of await outcomesOf(choices, asked, isWhole)) {
        const { engine, verdict } = outcome;
        const name = `${engine.name} ${engine.dtype}`;
        tally[name] = { ...tally[name], [verdict]: (tally[name]?.[verdict] ?? 0) + 1 };
        if (verdict === "differs") failures.push(`seed ${seed}, ${await shrunk(choices, outcome, isWhole)}`);
      }
    } catch (error) {
      failures.push(`seed ${seed}, the reference throws ${(error as Error).stack}`);
    }
    if ((i + 1) % partLength === 0 || i === seeds.length - 1) write(i + 1, tally, failures);
  }
  if (process.env.PROGRAMS !== undefined) console.log(tally, failures.join("\n\n"));
  expect(failures).toEqual([]);
  const verdicts = (verdict: Verdict) => Object.values(tally).reduce((sum, row) => sum + (row[verdict] ?? 0), 0);
  expect(verdicts("agrees")).toBeGreaterThan(9 * (verdicts("ill-conditioned") + verdicts("outside")));
}, 0);

/** What is known after the first `programs` seeds. */
function write(done: number, tally: object, failures: readonly string[]): void {
  const { user, system } = process.cpuUsage();
  record(`soak-programs-${seeds[0]}`, {
    command: `PROGRAMS=${programs} npm run soak:programs`,
    seeds: count === undefined ? seeds : [first, first + done - 1],
    programs: done,
    differences: failures.length,
    tally,
    failures,
    processorSeconds: Math.round((user + system) / 1e6),
  });
}

test("a place that rounding moves out of its axis leaves the range that engines are compared in", () => {
  const a = makeArithmetic(Float64Array.of(1), 2 ** -23, () => 1);
  expect(a.place(a.constant(2), 3)).toBe(2);
  expect(a.isOutside()).toBe(false);
  expect(a.place(a.constant(3), 3)).toBe(0);
  expect(a.isOutside()).toBe(true);
});
