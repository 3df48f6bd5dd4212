/**
 * The loop of steihaug.ts with its vectors cut among ranks: each keeps s, r, p and A on its own part, so that this work shrinks
 * with their number as the products' does.
 *
 *   p ← all ranks' parts;  q = Bp, of which each rank gets its part;  κ = ⟨p, q⟩;  τ = γ/κ, or the way to the boundary
 *   r ← r + τq;  γ⁺ = ⟨r, A⁻¹r⟩;  s ← s + τp;  p ← (γ⁺/γ)p − A⁻¹r
 *
 * Every inner product is a sum over S pieces of the vectors in a fixed order, S the job's shards, so that its rounding does not
 * depend on the number of ranks. ‖s‖²_A, ⟨s, Ap⟩ and ‖p‖²_A follow their recurrences and are summed anew where the loop is left.
 * Cost of an iteration: one product, one reduceScatter and one allGather of d numbers (together what one sum costs), two sums of
 * a few numbers, three passes over a part.
 */
import type { LoopEnd, LoopSettings } from "../subproblem/fused-steihaug.ts";
import type { StoppingRule } from "../subproblem/solver.ts";
import { advance, toBoundary, turnedSums } from "../subproblem/steihaug.ts";
import type { Communicator } from "../training/reducer.ts";
import { axpy, dot, weightedDot, weightedSums } from "../vector/kernels.ts";
import type { Vector } from "../vector/vector.ts";
import { cut } from "./cut.ts";

/** A loop's memory, [d] each, reused from one solve to the next. */
export interface SlicedMemory {
  readonly p: Vector;
  readonly step: Vector;
}

export interface SlicedModel {
  /** g and the diagonal a of A, [d]. */
  readonly gradient: Vector;
  readonly diagonal: Vector;
  /** This rank's part of Bp. */
  multiply(p: Vector): Promise<Vector>;
}

/** The vectors of the answer are those of the memory, whole on every rank. */
export async function slicedSteihaug(
  { gradient, diagonal, multiply }: SlicedModel,
  { radius, stop, gradientNorm, maxProducts }: LoopSettings,
  rule: StoppingRule,
  communicator: Communicator,
  memory: SlicedMemory,
): Promise<LoopEnd> {
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

  const [a, p, s] = [own(diagonal), own(memory.p), own(memory.step)];
  const r = own(gradient).slice();
  s.fill(0);
  p.fill(0);
  turn(0, 0, s, p, r, a);
  const [square] = await sums(1, (within) => [weightedDot(within(a), within(p), within(p))]);
  let segment = { gamma: square, ss: 0, sp: 0, pp: square };
  let decrease = 0;

  for (let products = 1; ; products++) {
    await communicator.allGather(memory.p);
    const q = await multiply(memory.p);
    const [kappa] = await sums(1, (within) => [dot(within(p), within(q))]);
    const { gamma } = segment;

    /** s + τp, whole. */
    const leave = async (exit: LoopEnd["exit"], tau: number): Promise<LoopEnd> => {
      const [ss, sp, pp] = await sums(3, (within) => weightedSums(within(a), within(s), within(p)));
      const last = { gamma, kappa, ss, sp, pp };
      const length = exit === "direction" ? toBoundary(last, radius) : tau;
      axpy(length, p, s);
      await communicator.allGather(memory.step);
      return { ...last, exit, products, step: memory.step, p: memory.p, tau: length, decrease };
    };
    if (!Number.isFinite(kappa)) return leave("nonfinite-curvature", 0);
    const { tau, exit } = advance({ ...segment, kappa }, radius);
    if (exit !== undefined) return leave("direction", tau);

    const gain = tau * gamma - 0.5 * tau * tau * kappa;
    const [next, rr] = await sums(2, (within) => reduceResidual(tau, within(q), within(r), within(a)));
    const small = rule === "residual" ? Math.sqrt(rr) <= stop * gradientNorm : products > 1 && gain <= stop * decrease;
    if (!Number.isFinite(next)) return leave("nonfinite-residual", tau);
    if (small || next === 0) return leave("interior", tau);
    if (products === maxProducts) return leave("max-products", tau);
    turn(tau, next / gamma, s, p, r, a);
    segment = { gamma: next, ...turnedSums(segment, tau, next) };
    decrease += gain;
  }
}

/** r ← r + τq; of the new r, ⟨r, A⁻¹r⟩ and ⟨r, r⟩. */
function reduceResidual(tau: number, q: Vector, r: Vector, a: Vector): [number, number] {
  let [preconditioned, plain] = [0, 0];
  for (let i = 0; i < r.length; i++) {
    const x = r[i] + tau * q[i];
    r[i] = x;
    preconditioned += (x * x) / a[i];
    plain += x * x;
  }
  return [preconditioned, plain];
}

/** s ← s + τp, then p ← βp − A⁻¹r. */
function turn(tau: number, beta: number, s: Vector, p: Vector, r: Vector, a: Vector): void {
  for (let i = 0; i < r.length; i++) {
    s[i] += tau * p[i];
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
