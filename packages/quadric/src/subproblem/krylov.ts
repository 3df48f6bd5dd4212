/**
 * The model minimised over growing Krylov spaces of (A⁻¹B, A⁻¹g): what GLTR and cubic regularisation share.
 *
 *   s = Qh,   h = argmin γ_0 e₁ᵀh + ½hᵀTh  in ‖h‖ ≤ Δ, or with + (σ/3)‖h‖³
 *   ‖s‖_A = ‖h‖      ‖Bs + λAs + g‖_{A⁻¹} = γ_{k+1}|h_k|
 *
 * Lanczos from g never sees an eigenvector to which g is orthogonal, and may so end in an invariant space that misses
 * the leftmost one: the answer there has B + λA indefinite. A further block from a random vector, coupled to the first
 * by nothing, makes T block diagonal and the small problem global again. g = 0 starts with such a block.
 * References: [GouldLucidiRomaToint1999], [ConnGouldToint2000, section 7.5], [CartisGouldToint2011, section 6].
 */
import { lanczos, ritzPairs } from "../linalg/lanczos.ts";
import { identity, tridiagonalEigen } from "../linalg/symmetric-eigen.ts";
import { axpy, dot, norm2 } from "../vector/kernels.ts";
import { makeRandom, normalVector } from "../vector/random.ts";
import { dtypeOf, type Vector, zeros } from "../vector/vector.ts";
import { type Region, type SecularSolution, solveSecular } from "./secular.ts";
import type { Model } from "./solver.ts";
import type { Outcome, Step } from "./step.ts";

/**
 * When to look beyond the Krylov space of g. "never"; "invariant": when that space is exhausted, which costs nothing in
 * ordinary cases; "certify": exhaust it even if the step has converged within it, so that the answer is certainly
 * global (up to d products).
 */
export type Restart = "never" | "invariant" | "certify";

export interface KrylovSettings {
  /** For messages of misuse. */
  readonly where: string;
  readonly maxProducts: number;
  /** Relative accuracy of the leftmost eigenpair of a restarted block. */
  readonly tolerance: number;
  /** Whether the residual of the optimality system in ‖·‖_{A⁻¹} is small enough for this solution and region. */
  converged(residual: number, solution: SecularSolution, gamma0: number, region: Region): boolean;
  readonly restart: Restart;
  readonly memoryBudget: number;
  readonly seed: number;
}

/** One uncoupled block of T. */
interface Block {
  /** t of its first vector. */
  readonly start: Vector;
  /** δ. */
  readonly diagonal: number[];
  /** γ after each vector; the last one leads out of the block. */
  readonly couplings: number[];
}

/**
 * What stopped a block: nothing outside it matters to any region, the answer for this region is good enough, products
 * ran out, or a product was not finite.
 */
type End = "exhausted" | "converged" | "max-products" | "nonfinite";

export async function minimizeInKrylovSpaces(model: Model, region: Region, settings: KrylovSettings): Promise<Step> {
  const { gradient, norm } = model;
  const { where, maxProducts, tolerance, restart, memoryBudget, seed } = settings;
  const size = gradient.length;
  const dtype = dtypeOf(gradient);
  const [negligible, rounding] = dtype === "float64" ? [1e-10, 1e-15] : [1e-5, 1e-7];
  const basis: Vector[] = [];
  const gamma0 = Math.sqrt(dot(gradient, norm.solve(gradient)));
  const blocks: Block[] = [];
  let products = 0;
  let largest = 0; // max |T|

  /** Whether the last block is one of random start. */
  const restarted = () => blocks.length > 1 || gamma0 === 0;
  const spanned = () => blocks.reduce((sum, { diagonal }) => sum + diagonal.length, 0);
  const settled = ({ residual, solution }: SmallProblem, region: Region) =>
    residual <= rounding * largest * solution.length || settings.converged(residual, solution, gamma0, region);

  async function grow(t: Vector): Promise<End> {
    const block: Block = { start: t, diagonal: [], couplings: [] };
    blocks.push(block);
    const process = lanczos({ where, multiply: (v) => model.multiply(v), metric: norm, start: t, basis });
    for (;;) {
      const { diagonal, coupling } = await process.step();
      products++;
      if (!Number.isFinite(diagonal) || !Number.isFinite(coupling)) {
        basis.pop();
        if (block.diagonal.length === 0) blocks.pop();
        return "nonfinite";
      }
      block.diagonal.push(diagonal);
      block.couplings.push(coupling);
      largest = Math.max(largest, Math.abs(diagonal), coupling);
      const whole = spanned() === size;
      if (whole || coupling <= rounding * largest) return "exhausted";
      const invariant = coupling <= negligible * largest;
      const last = products === maxProducts;
      // The small problem costs O(k²): beyond 64 vectors it is solved every few products only.
      const { length } = block.diagonal;
      const due = (restarted() || restart !== "certify") && length % Math.max(1, length >> 5) === 0;
      if (due || invariant || last) {
        const small = smallProblem(blocks, gamma0, region);
        if (restarted() && small.leftmostError <= tolerance * largest) return "exhausted";
        if (!restarted() && settled(small, region)) return invariant ? "exhausted" : "converged";
      }
      if (last) return "max-products";
    }
  }

  /** A random t of no preferred direction in ‖·‖_A; the Lanczos process keeps to the complement of the basis. */
  const random = () => norm.root(normalVector(makeRandom(seed), size, dtype));

  let end: End = Number.isFinite(gamma0) ? "exhausted" : "nonfinite";
  if (gamma0 > 0 && end === "exhausted") end = await grow(gradient);
  if (end === "exhausted" && restart !== "never" && spanned() < size && products < maxProducts) {
    end = await grow(random());
  }
  if (spanned() === 0) {
    const outcome = end === "nonfinite" ? end : "interior";
    const multiplier = end === "nonfinite" ? undefined : 0;
    return { step: zeros(size, dtype), stepNorm: 0, multiplier, modelDecrease: 0, outcome, products };
  }
  const small = smallProblem(blocks, gamma0, region);
  return assemble(region, small, products);

  function outcomeOf(small: SmallProblem, region: Region): Outcome {
    if (end === "nonfinite" || (end === "max-products" && (restarted() || !settled(small, region)))) return end;
    return small.solution.outcome;
  }

  function assemble(region: Region, small: SmallProblem, products: number): Step {
    const step = zeros(size, dtype);
    const h = coefficients(blocks, small);
    basis.forEach((q, i) => {
      axpy(h[i], q, step);
    });
    const keep = basis.length * gradient.byteLength <= memoryBudget;
    return {
      step,
      stepNorm: norm.norm(step),
      multiplier: small.solution.multiplier,
      modelDecrease: small.solution.decrease,
      outcome: outcomeOf(small, region),
      products,
      ...(keep && {
        async atRadius(value) {
          const other: Region = region.radius !== undefined ? { radius: value } : { sigma: value };
          const small = smallProblem(blocks, gamma0, other);
          return end === "converged" && !settled(small, other) ? undefined : assemble(other, small, 0);
        },
      }),
    };
  }
}

interface SmallProblem {
  readonly solution: SecularSolution;
  /** Of each coordinate of the solution: its block, and its place among the eigenvalues of that block. */
  readonly origin: readonly { readonly block: number; readonly index: number }[];
  /** ‖Bs + λAs + g‖_{A⁻¹}, from what leads out of the blocks. */
  readonly residual: number;
  /** ‖Bu − θAu‖_{A⁻¹} of the leftmost Ritz pair of the last block. */
  readonly leftmostError: number;
}

/** Solves the model in the span of all blocks, from the eigenvalues of each and the ends of its eigenvectors: O(k²). */
function smallProblem(blocks: readonly Block[], gamma0: number, region: Region): SmallProblem {
  const pairs = blocks.flatMap(({ diagonal, couplings }, block) =>
    ritzPairs(diagonal, couplings).map((pair, index) => ({
      theta: pair.value,
      c: block === 0 ? gamma0 * pair.first : 0,
      residual: pair.residual,
      block,
      index,
    })),
  );
  const leftmost = pairs.find(({ block }) => block === blocks.length - 1)!;
  pairs.sort((a, b) => a.theta - b.theta);
  const solution = solveSecular(
    Float64Array.from(pairs, ({ theta }) => theta),
    Float64Array.from(pairs, ({ c }) => c),
    region,
  );
  const out = new Float64Array(blocks.length);
  pairs.forEach((pair, i) => {
    out[pair.block] += pair.residual * solution.coordinates[i];
  });
  return {
    solution,
    origin: pairs.map(({ block, index }) => ({ block, index })),
    residual: norm2(out),
    leftmostError: Math.abs(leftmost.residual),
  };
}

/** h = Ux, over the basis vectors of all blocks in order. */
function coefficients(blocks: readonly Block[], { solution, origin }: SmallProblem): Float64Array {
  const parts = blocks.map(({ diagonal, couplings }) => {
    const k = diagonal.length;
    return { h: new Float64Array(k), vectors: tridiagonalEigen(diagonal, couplings, identity(k)).vectors };
  });
  origin.forEach(({ block, index }, i) => {
    const { h, vectors } = parts[block];
    axpy(solution.coordinates[i], vectors.subarray(index * h.length, (index + 1) * h.length), h);
  });
  return Float64Array.from(parts.flatMap(({ h }) => [...h]));
}
