import { expect, test } from "vitest";
import { experimentNames, readExperiment } from "../src/experiment.ts";
import { override } from "../src/overrides.ts";

test("takes data from the folder that was asked for, in every experiment that has data", () => {
  const kinds = new Set<string>();
  for (const name of experimentNames()) {
    const experiment = override(readExperiment(name), { dataDir: "elsewhere" });
    if (!("task" in experiment)) continue;
    kinds.add(experiment.kind);
    expect(experiment.task.dataDir).toBe("elsewhere");
  }
  expect(kinds).toEqual(new Set(["training", "dominance"]));
});
