/** What a command line asks for in place of what an experiment says. */
import { ConfigError } from "quadric";
import type { Experiment } from "./experiment.ts";
import { slug } from "./runs/matrix.ts";

export interface Overrides {
  readonly seeds?: number;
  readonly budget?: number;
  readonly methods?: string;
  readonly dataDir?: string;
}

/** The experiment with the options of the command line in place of its settings. */
export function override(experiment: Experiment, { seeds, budget, methods, dataDir }: Overrides): Experiment {
  const changed = {
    ...experiment,
    ...(seeds !== undefined && {
      seeds:
        seeds <= experiment.seeds.length
          ? experiment.seeds.slice(0, seeds)
          : Array.from({ length: seeds }, (_, i) => i + 1),
    }),
  };
  const placed = <Task extends object>(task: Task) => ({ ...task, ...(dataDir !== undefined && { dataDir }) });
  const refuse = (flag: string): never => {
    throw new ConfigError(`${flag}: means nothing to ${experiment.name}, an experiment of kind ${experiment.kind}.`);
  };
  if (changed.kind !== "training") {
    if (budget !== undefined) refuse("--budget");
    if (methods !== undefined) refuse("--methods");
    return "task" in changed ? { ...changed, task: placed(changed.task) } : changed;
  }
  const asked = methods?.split(",").map(slug);
  const known = changed.methods.map(({ label }) => label);
  const unknown = asked?.find((name) => !known.some((label) => slug(label) === name));
  if (unknown !== undefined) {
    throw new ConfigError(`--methods: must be among ${known.join(", ")}, got ${JSON.stringify(unknown)}.`);
  }
  return {
    ...changed,
    ...(budget !== undefined && { budget: { backprops: budget } }),
    methods: changed.methods.filter(({ label }) => !asked || asked.includes(slug(label))),
    task: placed(changed.task),
  };
}
