/**
 * How much of an operator lies on its diagonal, or within given blocks.
 *
 *   δ = Σ_i |B_ii| / Σ_ij |B_ij|        1 for a diagonal matrix, about 1/d for one without structure
 *
 * What a diagonal norm can know of B. In the A-norm: `diagonalDominance(whitened(B, A))`.
 * References: [Kohler2020, experiment on diagonal dominance].
 */
import { requireInteger, requireLength } from "../check.ts";
import type { Layout } from "../vector/layout.ts";
import { makeRandom } from "../vector/random.ts";
import { zeros } from "../vector/vector.ts";
import type { LinearOperator } from "./operator.ts";

export interface DominanceOptions {
  /**
   * A label for each parameter, [d], or a layout, whose tensors are the groups: mass between parameters of one label
   * counts as within a block. Defaults to no groups.
   */
  readonly groups?: ArrayLike<number> | Layout;
  /** Columns of B to look at, drawn at random without repetition; integer ≥ 1; defaults to all d of them. */
  readonly columns?: number;
  /** Seed of that choice; defaults to 0. */
  readonly seed?: number;
}

export interface DiagonalDominance {
  /** δ, in [0, 1]. */
  readonly diagonal: number;
  /** The share of Σ|B_ij| within the groups; undefined without groups. */
  readonly blocks: number | undefined;
  readonly products: number;
}

/**
 * δ of a symmetric B, for one product per column.
 *
 * @throws {RangeError} if columns is not an integer ≥ 1; {ShapeError} if the groups are not d.
 * @example
 * await diagonalDominance(denseOperator(Float64Array.of(3, 1, 1, 3), 2)); // => diagonal 0.75, 2 products
 */
export async function diagonalDominance(
  operator: LinearOperator,
  { groups: given, columns, seed = 0 }: DominanceOptions = {},
): Promise<DiagonalDominance> {
  const { size, dtype = "float64" } = operator;
  const products = Math.min(size, columns ?? size);
  requireInteger("diagonalDominance", "columns", products, 1);
  const groups = given && "tensors" in given ? tensorGroups(given) : given;
  if (groups !== undefined) requireLength("diagonalDominance", "groups", groups, size);
  const random = makeRandom(seed);
  const order = Int32Array.from({ length: size }, (_, i) => i);
  let [diagonal, blocks, all] = [0, 0, 0];
  for (let k = 0; k < products; k++) {
    const other = k + random.integer(size - k);
    [order[k], order[other]] = [order[other], order[k]];
    const column = order[k];
    const e = zeros(size, dtype);
    e[column] = 1;
    const image = await operator.multiply(e);
    for (let i = 0; i < size; i++) {
      const mass = Math.abs(image[i]);
      all += mass;
      if (i === column) diagonal += mass;
      if (groups?.[i] === groups?.[column]) blocks += mass;
    }
  }
  return { diagonal: diagonal / all, blocks: groups && blocks / all, products };
}

/** The groups of a layout: one label for each tensor, such as the weights or the biases of a layer. */
function tensorGroups({ size, tensors }: Layout): Int32Array {
  const groups = new Int32Array(size);
  tensors.forEach((slot, label) => {
    groups.fill(label, slot.offset, slot.offset + slot.size);
  });
  return groups;
}
