/**
 * Runs an example by name: `npm run example poisson`. Node 20 reads no TypeScript; the development server's runner
 * does.
 */
import { readdirSync } from "node:fs";
import { runnerImport } from "vite";

const names = readdirSync("examples")
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3));
const [name] = process.argv.slice(2);
if (names.includes(name)) {
  await runnerImport(`./examples/${name}.ts`);
} else {
  console.error(`example: name must be one of ${names.join(", ")}, got ${name ?? "none"}.`);
  process.exitCode = 2;
}
