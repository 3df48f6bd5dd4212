/**
 * Tables of what tests measure, out of the rows that they annotate: npm run tables [-- name …], by default all. Writes
 * experiments/results/name.md; a table of failed tests is not written.
 */
import { writeFileSync } from "node:fs";
import { startVitest } from "vitest/node";

// Tables are of the long versions.
process.env.QUADRIC_SOAK ??= "2000";
const tests = "packages/quadric/test";
const moments = ["from the start", "at the first call", "once, later", "every third time", "from the middle on"];

/** Sections of a table by the type of the annotations that are its rows. */
const tables = {
  minimization: {
    file: `${tests}/cases/published-problems.slow.test.ts`,
    title: "Minimisation of the published problems",
    text: "Float64, gradientTolerance 1e-10, at most 600 iterations; a gradient includes its value.",
    sections: [
      {
        type: "scipy",
        title: "Beside scipy",
        text: "Iterations / values / Hessian products at gradientTolerance 1e-8; scipy 1.17's own figures are cited, not run here.",
        columns: ["problem", "start", "tr-gltr", "tr-steihaug", "arc", "scipy trust-ncg", "scipy trust-krylov"],
      },
      {
        type: "problem",
        title: "All problems",
        columns: [
          ...["problem", "method", "status", "iterations", "values", "gradients", "products", "value", "‖g‖"],
          "minimum reached",
        ],
      },
    ],
  },
  faults: {
    file: `${tests}/training/cases/faults.test.ts`,
    title: "Faults",
    text: "A stochastic regression of 25 steps whose closures answer NaN, Infinity and −Infinity in turn: how the runs end.",
    sections: [{ type: "fault", columns: ["optimizer", "fault in", ...moments] }],
  },
  "distributed-faults": {
    file: `${tests}/distributed/cases/faults.test.ts`,
    title: "Faults of many ranks",
    text:
      "Two ranks that add up vectors without end, or train, until something befalls one of them. Seconds: from then until the last " +
      "process is gone.",
    sections: [
      {
        type: "fault",
        columns: ["hosts", "what happens", "exit code of mpirun", "seconds", "what is said", "left behind"],
      },
    ],
  },
};

/** Everything that the tests of a file annotated; undefined if one failed. */
async function annotationsOf(file) {
  const vitest = await startVitest("test", [file], { run: true, watch: false, project: ["node", "unit"] });
  const cases = vitest.state.getTestModules().flatMap(({ children }) => [...children.allTests()]);
  const annotations = cases.flatMap((test) => test.annotations());
  const passed = cases.every((test) => test.result().state !== "failed");
  await vitest.close();
  return passed ? annotations : undefined;
}

const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : Object.keys(tables)) {
  const { file, title, text, sections } = tables[name];
  const annotations = await annotationsOf(file);
  if (!annotations) {
    process.exitCode = 1;
    continue;
  }
  const lines = [`# ${title}`, "", `${text} Written by \`npm run tables ${name}\`.`, ""];
  for (const { type, title, text, columns } of sections) {
    lines.push(...(title ? [`## ${title}`, ""] : []), ...(text ? [text, ""] : []));
    lines.push(`| ${columns.join(" | ")} |`, `| ${columns.map(() => "---").join(" | ")} |`);
    lines.push(...annotations.filter((row) => row.type === type).map(({ message }) => message), "");
  }
  writeFileSync(new URL(`../experiments/results/${name}.md`, import.meta.url), `${lines.join("\n").trimEnd()}\n`);
}
