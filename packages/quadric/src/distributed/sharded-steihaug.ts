/**
 * Conjugate gradients with their vectors cut among ranks: each keeps s, r, p and A on its own slice, so that this work
 * shrinks with their number as the products' does. The recurrence: subproblem/steihaug/recurrence.ts.
 *
 * Every inner product is a sum over S pieces of the vectors in a fixed order, S the job's shards. Its rounding does not
 * depend on the number of ranks. v = A⁻¹r is not stored.
 * Cost of an iteration: one product, one reduceScatter and one allGather of d numbers (together what one sum costs),
 * two sums of a few numbers, three passes over a slice.
 */
import type { StoppingRule } from "../subproblem/solver.ts";
import { atOnce } from "../subproblem/steihaug/eager.ts";
import type { CgEnd } from "../subproblem/steihaug/path.ts";
import { type CgSettings, conjugateGradients } from "../subproblem/steihaug/recurrence.ts";
import type { Communicator } from "../training/reducer.ts";
import { dot, weightedDot, weightedSums } from "../vector/kernels.ts";
import type { Vector } from "../vector/vector.ts";
import { cut } from "./cut.ts";

/** A loop's memory, [d] each, reused from one solve to the next. */
export interface SolveMemory {
  readonly p: Vector;
  readonly step: Vector;
}

export interface ShardedModel {
  /** g and the diagonal a of A, [d]. */
  readonly gradient: Vector;
  readonly diagonal: Vector;
  /** This rank's part of Bp. */
  multiply(p: Vector): Promise<Vector>;
}

/** The vectors of the answer are those of the memory, whole on every rank. */
export async function shardedSteihaug(
  { gradient, diagonal, multiply }: ShardedModel,
  settings: CgSettings,
  rule: StoppingRule,
  communicator: Communicator,
  memory: SolveMemory,
): Promise<CgEnd> {
  const [begin, end] = communicator.part(gradient.length);
  const own = <V extends Vector>(v: V): V => v.subarray(begin, end) as V;
  const pieces = piecesWithin(gradient.length, communicator, begin, end);

  /** Σ over all pieces of what `terms` says of each. */
  const sums = async (count: number, terms: (within: Within) => readonly number[]): Promise<number[]> => {
    const table = new Float64Array(communicator.shards * count);
    for (const { index, within } of pieces) table.set(terms(within), index * count);
    await communicator.sum(table);
    return Array.from({ length: count }, (_, k) => {
      let sum = 0;
      for (let i = k; i < table.length; i += count) sum += table[i];
      return sum;
    });
  };

  const a = own(diagonal);
  const state = await conjugateGradients<Vector, number, boolean>(
    {
      ...atOnce,
      async start() {
        const [s, p, r] = [own(memory.step), own(memory.p), own(gradient).slice()];
        s.fill(0);
        p.fill(0);
        advance(0, 0, s, p, r, a);
        const [gamma] = await sums(1, (within) => [weightedDot(within(a), within(p), within(p))]);
        return { s, r, p, gamma, pp: gamma };
      },
      async product(p) {
        await communicator.allGather(memory.p);
        const q = await multiply(memory.p);
        const [kappa] = await sums(1, (within) => [dot(within(p), within(q))]);
        return { q, kappa };
      },
      async residual(alpha, q, r) {
        const [gamma, square] = await sums(2, (within) => reduceResidual(alpha, within(q), within(r), within(a)));
        return { r, v: r, gamma, square: () => square };
      },
      advance(alpha, beta, { s, p }, r) {
        advance(alpha, beta, s, p, r, a);
        return { s, p };
      },
      async innerProducts(s, p) {
        const [ss, sp, pp] = await sums(3, (within) => weightedSums(within(a), within(s), within(p)));
        return { ss, sp, pp };
      },
      recursInnerProducts: true,
      collect() {},
    },
    settings,
    rule,
  );
  await communicator.allGather(memory.step);
  return { ...state, step: memory.step, p: memory.p, keepsLast: true };
}

/** r ← r + αq; of the new r, ⟨r, A⁻¹r⟩ and ⟨r, r⟩. */
function reduceResidual(alpha: number, q: Vector, r: Vector, a: Vector): [number, number] {
  let [preconditioned, plain] = [0, 0];
  for (let i = 0; i < r.length; i++) {
    const x = r[i] + alpha * q[i];
    r[i] = x;
    preconditioned += (x * x) / a[i];
    plain += x * x;
  }
  return [preconditioned, plain];
}

/** s ← s + αp, then p ← βp − A⁻¹r. */
function advance(alpha: number, beta: number, s: Vector, p: Vector, r: Vector, a: Vector): void {
  for (let i = 0; i < r.length; i++) {
    s[i] += alpha * p[i];
    p[i] = beta * p[i] - r[i] / a[i];
  }
}

/** The part of a vector that a piece is. */
type Within = (ofOwn: Vector) => Vector;

/** Those of the S pieces of a vector that lie in [begin, end). */
function piecesWithin(length: number, { shards }: Communicator, begin: number, end: number) {
  return Array.from({ length: shards }, (_, index) => {
    const [from, to] = [cut(index, shards, length) - begin, cut(index + 1, shards, length) - begin];
    const within: Within = (ofOwn) => ofOwn.subarray(from, to);
    return { index, from, to, within };
  }).filter(({ from, to }) => from >= 0 && to <= end - begin);
}
