/** The trust region of [Kohler2020]: a warm start, the method with the paper's radius policy, and pivots around it. */
import { type TrustRegionOptions, trustRegionWith } from "../optimizer/newton/trust-region.ts";
import type { Optimizer } from "../optimizer/optimizer.ts";
import { type PivotOptions, pivoted } from "./pivot.ts";
import { type PolicyOptions, paperPolicy } from "./radius-policies.ts";
import { withSetting } from "./settings.ts";
import { type WarmStartOptions, warmStarted } from "./warm-start.ts";

export interface PaperTrustRegionOptions extends TrustRegionOptions {
  /** How the radius moves, and what follows a rejection; defaults to the paper's. */
  readonly policy?: PolicyOptions;
  /** Another method for the first epochs; defaults to none. */
  readonly warmStart?: WarmStartOptions;
  /** Every few epochs, keep or undo the period by the loss on all data; defaults to none. */
  readonly pivot?: PivotOptions;
}

/**
 * @throws {RangeError} if an option is outside its domain.
 * @example
 * await fit(problem, data, { optimizer: paperTrustRegion(presets.paper["mnist-mlp"].trustRegion.adagrad) });
 */
export function paperTrustRegion({ policy, warmStart, pivot, ...options }: PaperTrustRegionOptions = {}): Optimizer {
  const where = "paperTrustRegion";
  const chosen = paperPolicy(where, policy);
  const method = withSetting("policy", chosen.settings, trustRegionWith(where, options, chosen));
  const checked = pivot ? pivoted(method, pivot) : method;
  return warmStart ? warmStarted(checked, warmStart) : checked;
}
