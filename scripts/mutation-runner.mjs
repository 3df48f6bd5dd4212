/**
 * Runs each test once as it is, then again for every living mutant whose code it reached: in one process, with nothing
 * loaded again. A test that fails unchanged after a mutant has left something broken behind, and kills nothing more.
 */
import { appendFileSync } from "node:fs";
import { TestRunner } from "vitest";

const { log, dead, done, most } = JSON.parse(process.env.QUADRIC_MUTANTS);
const note = (entry) => appendFileSync(log, `${JSON.stringify(entry)}\n`);

// Stryker's switches ask this object which mutant is on, and tell it which ones were passed.
globalThis.__stryker__ ??= { mutantCoverage: { static: {}, perTest: {} }, killed: new Set(dead) };
const switches = globalThis.__stryker__;

export default class MutationRunner extends TestRunner {
  async runTask(test) {
    const run = TestRunner.getTestFn(test);
    switches.currentTestId = test.id;
    switches.mutantCoverage.perTest[test.id] = {};
    const start = performance.now();
    await run();
    const took = performance.now() - start;
    const reached = switches.mutantCoverage.perTest[test.id];
    note({ reached: Object.keys(reached), loaded: Object.keys(switches.mutantCoverage.static) });
    if (took < most && !done.includes(test.id)) {
      await tryMutants(run, reached);
      note({ done: test.id });
    }
    switches.currentTestId = undefined; // what runs between tests loads modules
  }
}

async function tryMutants(run, reached) {
  for (const [id, hits] of Object.entries(reached)) {
    if (switches.killed.has(id)) continue;
    note({ trying: id });
    Object.assign(switches, { activeMutant: id, hitCount: 0, hitLimit: 1000 + 20 * hits });
    const survived = await run().then(
      () => true,
      () => false,
    );
    Object.assign(switches, { activeMutant: undefined, hitCount: undefined });
    if (survived) continue;
    const sound = await run().then(
      () => true,
      () => false,
    );
    if (!sound) break;
    switches.killed.add(id);
    note({ killed: id });
  }
  note({ trying: null });
}
