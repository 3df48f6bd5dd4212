/** The algebra of typed arrays for the recurrence, and the control that it shares with slices of arrays. */
import { requireLength } from "../../check.ts";
import type { Norm } from "../../norm/norm.ts";
import { axpby, axpy, dot, norm2, weightedSums } from "../../vector/kernels.ts";
import { dtypeOf, type Vector, zeros } from "../../vector/vector.ts";
import { appendDirections, type CgDirection, type LbfgsMemory, lbfgsPreconditioner } from "../lbfgs-memory.ts";
import type { Model, StoppingRule } from "../solver.ts";
import type { CgEnd, Segment } from "./path.ts";
import { type Algebra, type CgSettings, conjugateGradients, type InnerProducts } from "./recurrence.ts";

type Numbers = "number" | "add" | "mul" | "div" | "less" | "and" | "unread" | "cond" | "truth" | "loop";

/** Numbers as they are, and control that happens at once. */
export const atOnce: Pick<Algebra<Vector, number, boolean>, Numbers> = {
  number: (value) => value,
  add: (x, y) => x + y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  less: (x, y) => x < y,
  and: (x, y) => x && y,
  unread: (like) => like,
  truth: (value) => value,
  cond: (test, yes, no) => (test ? yes() : no()),
  async loop(enters, initial, turn) {
    let [state, continues] = [initial, enters];
    while (continues) ({ state, continues } = await turn(state));
    return state;
  },
};

export interface EagerOptions {
  readonly rule: StoppingRule;
  /** How many directions of the path to keep. */
  readonly keep: number;
  readonly preconditioner?: LbfgsMemory;
}

/** Conjugate gradients on typed arrays. */
export async function eagerSteihaug(
  { gradient, norm, multiply }: Model,
  settings: CgSettings,
  { rule, keep, preconditioner }: EagerOptions,
): Promise<CgEnd> {
  const size = gradient.length;
  const precondition = preconditioner
    ? lbfgsPreconditioner(preconditioner, norm, size)
    : (r: Vector, out?: Vector) => norm.solve(r, out);
  const path: Segment[] = [];
  const directions: CgDirection[] = [];
  let product: Vector | undefined;
  let v: Vector;

  const { s, p, ...numbers } = await conjugateGradients<Vector, number, boolean>(
    {
      ...atOnce,
      start() {
        const r = gradient.slice();
        v = precondition(r);
        const p = v.map((x) => -x);
        const gamma = dot(r, v);
        return { s: zeros(size, dtypeOf(gradient)), r, p, gamma, pp: preconditioner ? norm.norm(p) ** 2 : gamma };
      },
      async product(p) {
        product = await multiply(p, product);
        requireLength("steihaug", "product Bv", product, size);
        return { q: product, kappa: dot(p, product) };
      },
      residual(alpha, q, r) {
        axpy(alpha, q, r);
        precondition(r, v);
        return { r, v, gamma: dot(r, v), square: () => norm2(r) ** 2 };
      },
      advance(alpha, beta, { s, p }, v) {
        axpy(alpha, p, s);
        axpby(-1, v, beta, p);
        return { s, p };
      },
      innerProducts: (s, p) => innerProducts(norm, s, p),
      recursInnerProducts: !norm.diagonal && !preconditioner,
      collect({ p, q, ...numbers }) {
        if (!Number.isFinite(numbers.kappa)) return;
        if (path.length < keep) path.push({ ...numbers, p: p.slice() });
        if (preconditioner && numbers.kappa > 0) directions.push({ p: p.slice(), Bp: q.slice(), kappa: numbers.kappa });
      },
    },
    settings,
    rule,
  );
  return {
    ...numbers,
    step: s,
    p,
    path: () => path,
    keepsLast: path.length === numbers.products,
    ...(preconditioner && { preconditioner: appendDirections(preconditioner, directions) }),
  };
}

function innerProducts(norm: Norm, s: Vector, p: Vector): InnerProducts<number> {
  if (norm.diagonal) {
    const [ss, sp, pp] = weightedSums(norm.diagonal, s, p);
    return { ss, sp, pp };
  }
  const Ap = norm.multiply(p);
  return { ss: norm.norm(s) ** 2, sp: dot(s, Ap), pp: dot(p, Ap) };
}
