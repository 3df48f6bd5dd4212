/**
 * Random fits and minimisations in units over 24 decades: never wrong with a success status, hardly ever right with another. What is
 * right is judged by the loss in plain units and float64: that of the minimum that a run from the truth finds, or one that a second run
 * from there cannot lower. `npm run soak:fits` makes 2,000 of them and leaves problems and tally where QUADRIC_SOAK_OUT says.
 */
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { minimizeLeastSquares } from "../../src/training/least-squares.ts";
import { minimize } from "../../src/training/minimize.ts";
import { functionIn, residualsIn } from "../helpers/in-units.ts";
import { barrierOf, type RandomProblem, randomProblem, residualsOf } from "../helpers/random-fits.ts";

const runs = Number(process.env.QUADRIC_SOAK ?? 120);

function solve(problem: RandomProblem, start: readonly number[], dtype: RandomProblem["dtype"]) {
  const { kind, units, unit } = problem;
  return kind === "barrier"
    ? minimize(functionIn(units, unit, barrierOf(problem)), start, { dtype })
    : minimizeLeastSquares(residualsIn(units, unit, residualsOf(problem)), start, { dtype });
}

type Verdict = "right" | "otherMinimum" | "falseSuccess" | "falseFailure" | "wrongAndSaid";

async function verdictOn(problem: RandomProblem): Promise<Verdict> {
  const { units, dtype } = problem;
  const plain = { ...problem, units: units.map(() => 1), unit: 1 };
  const { x, status } = await solve(
    problem,
    problem.start.map((s, j) => s * units[j]),
    dtype,
  );
  const found = Array.from(x, (value, j) => value / units[j]);
  const least = (await solve(plain, problem.truth, "float64")).value;
  const lossAt = async (p: readonly number[]) => {
    const at = Float64Array.from(p);
    if (problem.kind === "barrier") return barrierOf(problem).value(at, undefined) as number;
    return 0.5 * Array.from(residualsOf(problem).residuals(at)).reduce((sum, r) => sum + r * r, 0);
  };
  const loss = await lossAt(found);
  const allowed = dtype === "float64" ? 1e-8 : 1e-3;
  const isRight = loss <= least * (1 + allowed);
  const said = status === "converged";
  if (isRight) return said ? "right" : "falseFailure";
  if (!said) return "wrongAndSaid";
  const lower = (await solve(plain, found, "float64")).value;
  return loss <= lower * (1 + allowed) ? "otherMinimum" : "falseSuccess";
}

test(`${runs} random problems in random units`, async () => {
  const tally: Record<Verdict, number> = {
    right: 0,
    otherMinimum: 0,
    falseSuccess: 0,
    falseFailure: 0,
    wrongAndSaid: 0,
  };
  const odd: { readonly k: number; readonly verdict: Verdict }[] = [];
  const problems: RandomProblem[] = [];
  for (let k = 0; k < runs; k++) {
    const problem = randomProblem(k);
    const verdict = await verdictOn(problem);
    tally[verdict]++;
    if (verdict !== "right" && verdict !== "otherMinimum") odd.push({ k, verdict });
    problems.push(problem);
  }
  const out = process.env.QUADRIC_SOAK_OUT;
  if (out) writeFileSync(out, JSON.stringify({ tally, odd, problems }));
  expect(odd.filter(({ verdict }) => verdict === "falseSuccess")).toEqual([]);
  expect(tally.falseFailure).toBeLessThanOrEqual(0.01 * runs);
  expect(tally.right + tally.otherMinimum).toBeGreaterThanOrEqual(0.9 * runs);
});
