/**
 * Parameters in which a formula is linear once the others have values:
 *
 *   f(x; p) = f₀(x; θ) + Σⱼ pⱼ·gⱼ(x; θ)      for pⱼ in the set, θ all others
 *
 * A set has this property if no second derivative ∂²f/∂pᵢ∂pⱼ within it can differ from 0. Which of them can is read off
 * the tree. Those of a sum are those of its terms, a product adds all pairs from its two sides, any other function all
 * pairs of what it depends on. Reference: [GolubPereyra2003], on variable projection.
 */
import type { Expression } from "./expression.ts";

interface Dependence {
  readonly on: ReadonlySet<string>;
  /** Pairs "p q" with p ≤ q whose second derivative may differ from 0. */
  readonly pairs: ReadonlySet<string>;
}

const pair = (p: string, q: string): string => (p <= q ? `${p} ${q}` : `${q} ${p}`);

function dependence(part: Expression, parameters: ReadonlySet<string>): Dependence {
  if (part.kind === "name" && parameters.has(part.name)) return { on: new Set([part.name]), pairs: new Set() };
  if (part.kind !== "call") return { on: new Set(), pairs: new Set() };
  const inputs = part.inputs.map((input) => dependence(input, parameters));
  const on = new Set(inputs.flatMap((input) => [...input.on]));
  const pairs = new Set(inputs.flatMap((input) => [...input.pairs]));
  const addAll = (left: Iterable<string>, right: Iterable<string>) => {
    for (const p of left) for (const q of right) pairs.add(pair(p, q));
  };
  switch (part.name) {
    case "+":
    case "-":
    case "negative":
      break;
    case "*":
      addAll(inputs[0].on, inputs[1].on);
      break;
    case "/":
      addAll(inputs[0].on, inputs[1].on);
      addAll(inputs[1].on, inputs[1].on);
      break;
    default:
      addAll(on, on);
  }
  return { on, pairs };
}

/** A largest set that one finds greedily: first the parameters that meet the fewest others. */
export function linearParameters(expression: Expression, parameters: readonly string[]): string[] {
  const { pairs } = dependence(expression, new Set(parameters));
  const meets = (p: string) => parameters.filter((q) => pairs.has(pair(p, q))).length;
  const chosen: string[] = [];
  for (const p of parameters.toSorted((p, q) => meets(p) - meets(q))) {
    if ([p, ...chosen].every((q) => !pairs.has(pair(p, q)))) chosen.push(p);
  }
  return parameters.filter((p) => chosen.includes(p));
}
