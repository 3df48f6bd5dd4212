export type { PivotOptions } from "./paper/pivot.ts";
export { type PaperNorm, type PaperPreset, type PaperProblem, presets } from "./paper/presets.ts";
export type { PolicyOptions } from "./paper/radius-policies.ts";
export { type PaperTrustRegionOptions, paperTrustRegion } from "./paper/trust-region.ts";
export type { WarmStartOptions } from "./paper/warm-start.ts";
