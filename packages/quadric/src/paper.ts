export { type PivotOptions, pivoted } from "./paper/pivot.ts";
export { type PaperNorm, type PaperPreset, type PaperProblem, presets } from "./paper/presets.ts";
export { type WarmStartOptions, warmStarted } from "./paper/warm-start.ts";
