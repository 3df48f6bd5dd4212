/** log Γ and its derivatives as one primitive: order −1 is log |Γ|, order n the n-th derivative of ψ = (log Γ)′. */
import { onNumbers } from "../../functions/arithmetic.ts";
import { logGamma, polygamma as polygammaOf } from "../../functions/gamma.ts";
import type { Builder } from "../builder.ts";
import { constantValue, type Node } from "../graph.ts";
import { belowBroadcasts } from "./broadcast.ts";

/** ψ⁽ⁿ⁾(x), or log |Γ(x)| for n = −1, as numbers. */
export function polygammaValue(order: number, x: number): number {
  return order < 0 ? logGamma(onNumbers, x) : polygammaOf(onNumbers, order, x);
}

export function polygamma(b: Builder, order: number, x: Node): Node {
  const value = constantValue(x);
  if (value !== undefined) return b.full(polygammaValue(order, value), x.shape, x.dtype);
  const below = belowBroadcasts(b, [x], (bare) => polygamma(b, order, bare));
  return below ?? b.make("polygamma", [x], { order }, x.shape, x.dtype);
}
