/** The examples do what they say. Each runs as `npm run example` runs it; what it prints is what is tested. */
import { test, vi } from "vitest";
import { examples } from "./examples.ts";

test.each(examples)("$name $claim", async ({ name, check }) => {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    await import(`../../../examples/${name}.ts`);
    check(log.mock.calls.map(([line]) => line).join("\n"));
  } finally {
    log.mockRestore();
  }
});
