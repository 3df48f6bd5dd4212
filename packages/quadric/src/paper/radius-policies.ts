/**
 * Radius policies of [Kohler2020] and its predecessors, as variations of the textbook's (optimizer/newton/radius.ts): Δ
 * grows after every very successful step, shrinks from Δ itself, or follows the norm when it changes.
 */
import { requireOneOf } from "../check.ts";
import { isHeldBack, type RadiusSettings, radiusSearch } from "../optimizer/newton/radius.ts";
import type { Search } from "../optimizer/newton/search.ts";
import type { Policy } from "../optimizer/newton/trust-region.ts";

export interface PolicyOptions {
  /** Whether Δ grows only if the region held the step back: on its boundary, or ‖s‖_A ≥ 0.99Δ. Defaults to false. */
  readonly growOnlyAtBoundary?: boolean;
  /** From where a rejection shrinks: "radius" (default) from Δ, "step" from min(Δ, ‖s‖_A). */
  readonly shrinkFrom?: "step" | "radius";
  /**
   * Δ is a length in a norm that changes. "keep" (default) leaves the number; "rescale" keeps the region's extent along
   * the last step, Δ ← Δ·‖s_t‖_{A_{t+1}}/‖s_t‖_{A_t}; "trace" in the mean, Δ ← Δ·√(tr A_{t+1}/tr A_t).
   */
  readonly onNormChange?: "keep" | "rescale" | "trace";
  /** Whether a rejected step is tried again on the same batch. Defaults to false: a new batch is drawn. */
  readonly keepBatchOnReject?: boolean;
}

export function paperPolicy(
  where: string,
  options: PolicyOptions = {},
): Policy & { settings: Required<PolicyOptions> } {
  const { growOnlyAtBoundary = false, shrinkFrom = "radius", onNormChange = "keep" } = options;
  const { keepBatchOnReject = false } = options;
  requireOneOf(where, "policy.shrinkFrom", shrinkFrom, ["step", "radius"]);
  requireOneOf(where, "policy.onNormChange", onNormChange, ["keep", "rescale", "trace"]);
  return {
    settings: { growOnlyAtBoundary, shrinkFrom, onNormChange, keepBatchOnReject },
    keepsBatch: keepBatchOnReject,
    search(radius) {
      const textbook = radiusSearch(radius);
      return {
        ...textbook,
        next(current, ratio, step) {
          if (ratio < radius.eta1 && shrinkFrom === "radius") return current / radius.shrink;
          const grows = ratio >= radius.eta2 && !growOnlyAtBoundary && !isHeldBack(step, current);
          return grows ? Math.min(radius.grow * current, radius.max) : textbook.next(current, ratio, step);
        },
        ...(onNormChange !== "keep" && { onNormChange: followNorm(onNormChange, radius) }),
      };
    },
  };
}

function followNorm(by: "rescale" | "trace", { max }: RadiusSettings): NonNullable<Search["onNormChange"]> {
  return {
    lengthIn: (norm, lastStep) => lastStep && (by === "rescale" ? norm.norm(lastStep) : Math.sqrt(norm.trace())),
    rescaled: (current, factor) => Math.min(factor * current, max),
  };
}
