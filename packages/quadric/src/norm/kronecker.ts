/**
 * Kronecker-factored ellipsoids, one per weight matrix: Shampoo and SOAP.
 *
 *   L ← βL + (1−β)GGᵀ,   R ← βR + (1−β)GᵀG,   L = Q_LΛ_LQ_Lᵀ,   R = Q_RΛ_RQ_Rᵀ          G gradient of the matrix, [m, n]
 *   A = (Q_L ⊗ Q_R) diag(a) (Q_L ⊗ Q_R)ᵀ,    AX = Q_L (a ⊙ Q_LᵀXQ_R) Q_Rᵀ
 *
 *   Shampoo   a_ij = ((λ_L,i + ε)(λ_R,j + ε))^{p/2}                      A = (L + ε)^{1/4} ⊗ (R + ε)^{1/4} for p = ½
 *   SOAP      v ← βv + (1−β)(Q_LᵀGQ_R)²,   a = (v̂ + ε)^p                  RMSProp in the eigenbasis of Shampoo
 *
 * Tensors of more axes count as matrices of their first axis against the others; vectors, and matrices with a side above
 * `maxSide`, get the diagonal (v̂ + ε)^p of their own entries.
 * References: [Gupta2018, Shampoo], [Vyas2024, SOAP].
 */
import { requireInteger, requireOneOf } from "../check.ts";
import { matmul, transpose } from "../linalg/matrix.ts";
import { symmetricEigen } from "../linalg/symmetric-eigen.ts";
import type { TensorSlot } from "../vector/layout.ts";
import { type Block, blockDiagonal } from "./block-diagonal.ts";
import { makeNorm } from "./make-norm.ts";
import type { Norm, NormState } from "./norm.ts";
import {
  type AverageOptions,
  averageRule,
  biasFactor,
  floored,
  type MomentRule,
  type MovingDiagonal,
  movingDiagonal,
} from "./second-moment.ts";

export interface KroneckerOptions extends Omit<AverageOptions, "epsilonPlacement"> {
  /** Where ε goes; defaults to "inside". */
  readonly epsilonPlacement?: "inside" | "outside";
  /** Updates from one computation of the eigenbases to the next; integer ≥ 1; defaults to 10 ([Vyas2024]). */
  readonly refreshEvery?: number;
  /** Largest side of a matrix that gets factors of its own, at m³ operations a refresh; integer ≥ 1; defaults to 1024. */
  readonly maxSide?: number;
}

/**
 * Shampoo's ellipsoid: −ηA⁻¹g is the step −ηL^{-1/4}GR^{-1/4}. Defaults: β 0.95, bias-corrected, p ½, ε 1e-10 inside.
 *
 * @throws {RangeError} if an option is out of range.
 */
export function shampoo(options: KroneckerOptions = {}): Norm {
  return kronecker("shampoo", options);
}

/**
 * SOAP's ellipsoid: second moments of the gradient in Shampoo's eigenbasis. Defaults: β 0.95, bias-corrected, p ½, ε 1e-10
 * inside.
 *
 * @throws {RangeError} if an option is out of range.
 */
export function soap(options: KroneckerOptions = {}): Norm {
  return kronecker("soap", options);
}

type Kind = "shampoo" | "soap";

function kronecker(kind: Kind, options: KroneckerOptions): Norm {
  const { refreshEvery = 10, maxSide = 1024 } = options;
  const rule = averageRule(kind, options, { beta: 0.95, biasCorrection: true });
  requireOneOf(kind, "epsilonPlacement", rule.epsilonPlacement, ["inside", "outside"]);
  requireInteger(kind, "refreshEvery", refreshEvery, 1);
  requireInteger(kind, "maxSide", maxSide, 1);
  return makeNorm(kind, (layout) => blockDiagonal(layout, (slot) => block(kind, rule, slot, refreshEvery, maxSide)));
}

function block(
  kind: Kind,
  rule: MomentRule,
  { shape, size }: TensorSlot,
  refreshEvery: number,
  maxSide: number,
): Block {
  const rows = shape[0] ?? 1;
  const columns = size / rows;
  const moment = movingDiagonal(rule, size);
  if (Math.min(rows, columns) === 1 || Math.max(rows, columns) > maxSide) return plain(moment);
  return rotated(kind, rule, moment, rows, columns, refreshEvery);
}

/** A diagonal of the tensor's own entries. */
function plain(moment: MovingDiagonal): Block {
  return {
    ...moment,
    apply: (x, power) => x.map((value, i) => value * moment.diagonal[i] ** power),
    eigenvalues: () => moment.diagonal,
    update: (g) => moment.absorb(g, g),
  };
}

/** A diagonal in the product of the eigenbases of L and R; eigenvectors are rows. */
function rotated(
  kind: Kind,
  rule: MomentRule,
  moment: MovingDiagonal,
  m: number,
  n: number,
  refreshEvery: number,
): Block {
  const sides = [side(rule, m), side(rule, n)] as const;
  const [left, right] = sides;
  const forth = (X: Float64Array) => matmul(matmul(left.basis, X, m, m, n), transpose(right.basis, n, n), m, n, n);
  const back = (Y: Float64Array) => matmul(matmul(transpose(left.basis, m, m), Y, m, m, n), right.basis, m, n, n);
  const product = new Float64Array(m * n);
  const entries = kind === "soap" ? moment.diagonal : product;
  const combine = () => {
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) product[i * n + j] = left.roots[i] * right.roots[j];
  };
  combine();
  let updates = 0;
  return {
    apply(x, power) {
      const y = forth(x);
      for (let i = 0; i < y.length; i++) y[i] *= entries[i] ** power;
      return back(y);
    },
    eigenvalues: () => entries,
    update(G) {
      left.absorb(matmul(G, transpose(G, m, n), m, n, m));
      right.absorb(matmul(transpose(G, m, n), G, n, m, n));
      if (updates % refreshEvery === 0) {
        for (const side of sides) side.refresh(updates + 1);
        combine();
      }
      updates++;
      if (kind === "soap") {
        const rotatedGradient = forth(G);
        moment.absorb(rotatedGradient, rotatedGradient);
      }
    },
    state() {
      const { scalars, vectors } = moment.state();
      return {
        scalars: { ...scalars, matrices: updates },
        vectors: { ...vectors, ...left.state("left"), ...right.state("right") },
      };
    },
    restore(state) {
      moment.restore(state);
      updates = state.scalars.matrices;
      left.restore("left", state);
      right.restore("right", state);
      combine();
    },
  };
}

/** L or R: its average, and the eigenbasis and entries (λ + ε)^{p/2} of its last refresh. */
interface Side {
  readonly basis: Float64Array;
  readonly roots: Float64Array;
  absorb(sample: Float64Array): void;
  refresh(updates: number): void;
  state(name: string): Record<string, Float64Array>;
  restore(name: string, state: NormState): void;
}

function side(rule: MomentRule, size: number): Side {
  const half = floored({ ...rule, exponent: rule.exponent / 2 });
  const M = new Float64Array(size * size);
  const basis = new Float64Array(size * size);
  for (let i = 0; i < size; i++) basis[i * size + i] = 1;
  const roots = new Float64Array(size).fill(half(0));
  return {
    basis,
    roots,
    absorb(sample) {
      for (let i = 0; i < M.length; i++) M[i] = rule.past * M[i] + rule.present * sample[i];
    },
    refresh(updates) {
      const { values, vectors } = symmetricEigen(M, size);
      const factor = biasFactor(rule, updates);
      basis.set(vectors);
      roots.set(values.map((value) => half(factor * Math.max(0, value))));
    },
    state: (name) => ({ [name]: M.slice(), [`${name}Basis`]: basis.slice(), [`${name}Roots`]: roots.slice() }),
    restore(name, { vectors }) {
      M.set(vectors[name]);
      basis.set(vectors[`${name}Basis`]);
      roots.set(vectors[`${name}Roots`]);
    },
  };
}
