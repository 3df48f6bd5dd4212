/**
 * The rules by which graphs are simplified while they are built.
 *
 * Two of them keep curvature products as short as hand-derived ones:
 *   1. scalars and broadcasts float outward, towards the outputs, where they merge, vanish or become the α of a product;
 *   2. an expression that exists is found, not made again.
 * Simplification takes real arithmetic for granted: 0·x = 0 whatever x holds, x − x = 0, sums may be regrouped.
 */
import { type Builder, makeBuilder, type Rules } from "./builder.ts";
import * as arithmetic from "./rules/arithmetic.ts";
import * as broadcast from "./rules/broadcast.ts";
import { matmul } from "./rules/contract.ts";
import { conv } from "./rules/conv.ts";
import * as logic from "./rules/logic.ts";
import * as movement from "./rules/movement.ts";
import { reduce, sum } from "./rules/reduce.ts";

const { unary, binary, add, mul, scale, pow, linear } = arithmetic;
const { constant, full, expand } = broadcast;
const { compare, logical, not, where, cast, stopGradient } = logic;
const { reshape, transpose, slice, pad, flip, concatenate } = movement;

export const rules: Rules = {
  ...{ unary, binary, add, mul, scale, pow, linear },
  ...{ constant, full, expand },
  ...{ compare, logical, not, where, cast, stopGradient },
  ...{ reshape, transpose, slice, pad, flip, concatenate },
  ...{ reduce, sum, matmul, conv },
};

/** A new builder that simplifies as it builds. */
export function simplifyingBuilder(): Builder {
  return makeBuilder(rules);
}
