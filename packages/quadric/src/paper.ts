export { type LemmaOptions, lemmaBounds } from "./norm/uniform-equivalence.ts";
export { type PaperNorm, type PaperPreset, type PaperProblem, presets } from "./paper/presets.ts";
