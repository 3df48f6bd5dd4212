/** Angles. */
import type { Builder } from "../ir/builder.ts";
import type { Node } from "../ir/graph.ts";

/**
 * The angle of the point (x, y), by half of it: tan(φ/2) = y/(r + x) = (r − x)/y with r = √(x² + y²), whichever of the
 * two subtracts nothing. 0 at the origin.
 */
export function atan2(b: Builder, y: Node, x: Node): Node {
  const [zero, one] = [b.scalar(0, x.dtype), b.scalar(1, x.dtype)];
  const r = b.unary("sqrt", b.add(b.mul(x, x), b.mul(y, y)));
  const isLeft = b.compare("less", x, zero);
  const numerator = b.where(isLeft, b.add(r, b.scale(x, -1)), y);
  const denominator = b.where(isLeft, y, b.add(r, x));
  const isOrigin = b.compare("equal", r, zero);
  const quotient = b.mul(numerator, b.unary("reciprocal", b.where(isOrigin, one, denominator)));
  return b.scale(b.unary("atan", quotient), 2);
}
