/** The gate: every check the repository has, one after the other; all of them run, and any failure fails the gate. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";

const report = ".test-results.json";

/** npm scripts, with the arguments they get here. */
const steps = [
  ["build"],
  ["lint"],
  ["types"],
  ["test", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  ["unused"],
  ["imports"],
  ["package"],
  ["docs"],
];

rmSync(report, { force: true });
const outcomes = steps.map(([script, ...args]) => {
  console.log(`\n── ${script}`);
  const start = performance.now();
  const { status } = spawnSync("npm", ["run", "--silent", script, "--", ...args], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  return { script, passed: status === 0, seconds: (performance.now() - start) / 1000 };
});

console.log("");
for (const { script, passed, seconds } of outcomes) {
  console.log(`${passed ? "ok    " : "FAILED"} ${script.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s`);
}
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;
