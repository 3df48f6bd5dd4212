/**
 * Threefry-2×32, 20 rounds: two words that a key and a counter decide. References: [Salmon2011].
 *
 *   x₀ ← x₀ + x₁,  x₁ ← (x₁ rotated) ⊕ x₀     and after every fourth round the next two of the words k₀, k₁, k₂ are added
 */
import { parity, rotations } from "../threefry.ts";
import { instruction } from "./encoder.ts";
import type { Expression, Expressions } from "./expression.ts";

/** Of the counter (0, count). */
export function threefry(
  { apply, constant }: Expressions,
  k0: Expression,
  k1: Expression,
  count: Expression,
  mode: "xor" | 0 | 1,
): Expression {
  const { add, xor, rotate } = instruction.i32;
  const of = (op: number, x: Expression, y: Expression) => apply("i32", [op], x, y);
  const keys = [k0, k1, of(xor, of(xor, k0, k1), constant("i32", parity))];
  let [x0, x1] = [k0, of(add, count, k1)];
  rotations.forEach((bits, round) => {
    x0 = of(add, x0, x1);
    x1 = of(xor, of(rotate, x1, constant("i32", bits)), x0);
    if (round % 4 < 3) return;
    const step = (round + 1) / 4;
    x0 = of(add, x0, keys[step % 3]);
    x1 = of(add, x1, of(add, keys[(step + 1) % 3], constant("i32", step)));
  });
  return mode === "xor" ? of(xor, x0, x1) : [x0, x1][mode];
}
