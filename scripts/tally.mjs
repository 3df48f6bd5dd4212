/**
 * The closing line of CI, `N passed, N failed[, N skipped]`, from vitest's JSON report.
 *
 * Usage: node scripts/tally.mjs EXIT_CODE. A test file that does not load leaves `numFailedTests` at 0, so each one
 * counts as a failed test; so does a gate that failed elsewhere. Exits with EXIT_CODE, or 1 if a test failed all the
 * same.
 */
import { readFileSync } from "node:fs";

const code = Number(process.argv[2] ?? 0);

function readReport() {
  try {
    return JSON.parse(readFileSync(".test-results.json", "utf8"));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}

const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = readReport();
const unloaded = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
const skipped = numPendingTests + numTodoTests;
const failedTests = numFailedTests + unloaded;
const failed = code !== 0 && failedTests === 0 ? 1 : failedTests;

console.log(`${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = code !== 0 ? code : failed > 0 ? 1 : 0;
