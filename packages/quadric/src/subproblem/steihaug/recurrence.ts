/**
 * The iteration of Steihaug–Toint conjugate gradients, written once over whatever holds vectors and numbers: typed
 * arrays (eager.ts), slices of them among ranks (distributed/), or nodes of a graph, where it becomes a program
 * (compiler/).
 *
 *   q = Bp;  κ = ⟨p, q⟩;  α = γ/κ;  ss⁺ = ‖s + αp‖²_A
 *   leave unless κ > 0 and ss⁺ < Δ²
 *   r⁺ = r + αq;  v = P⁻¹r⁺;  γ⁺ = ⟨r⁺, v⟩
 *   leave unless γ⁺ > 0 is finite, the stopping rule does not hold and products are left
 *   s⁺ = s + αp;  β = γ⁺/γ;  p⁺ = βp − v
 *
 * Symbols: g gradient, B curvature, A ellipsoid, P preconditioner, s step, r = g + Bs residual, p direction, Δ radius,
 * ss = ‖s‖²_A, sp = ⟨s, Ap⟩, pp = ‖p‖²_A. How far to go along the last p, and why the loop was left: path.ts.
 */
import type { StoppingRule } from "../solver.ts";

export type Awaitable<T> = T | Promise<T>;

/** ‖s‖²_A, ⟨s, Ap⟩ and ‖p‖²_A. */
export interface InnerProducts<S> {
  readonly ss: S;
  readonly sp: S;
  readonly pp: S;
}

/** Everything that decides how far to go along a direction of the path. */
export interface Direction<S = number> extends InnerProducts<S> {
  readonly gamma: S;
  readonly kappa: S;
}

/** The numbers of the loop's state. */
export const cgNumbers = [
  "products",
  "gamma",
  "kappa",
  // m(0) − m(s)
  "decrease",
  "ss",
  "sp",
  "pp",
  // By what the last turn decided: ss⁺, γ⁺, and what the stopping rule compares.
  "ssNext",
  "gammaNext",
  "measure",
] as const;

export type CgNumbers<S> = Readonly<Record<(typeof cgNumbers)[number], S>>;

/** The loop's state; at its end p is the direction along which s stopped. */
export interface CgState<V, S> extends CgNumbers<S> {
  readonly s: V;
  readonly r: V;
  readonly p: V;
}

export const cgSettings = ["radius", "stop", "gradientNorm", "maxProducts"] as const;

/** Numbers that a solve takes: Δ; min(κ, √‖g‖) of its tolerance κ; ‖g‖₂; how many products it may take. */
export type CgSettings<S = number> = Readonly<Record<(typeof cgSettings)[number], S>>;

export interface Turn<V, S, T> {
  readonly state: CgState<V, S>;
  readonly continues: T;
}

/**
 * Vectors V, numbers S and truth values T, with the model g, B, A, P. The memory of vectors that are given may be
 * reused.
 */
export interface Algebra<V, S, T> {
  number(value: number): S;
  add(x: S, y: S): S;
  mul(x: S, y: S): S;
  div(x: S, y: S): S;
  less(x: S, y: S): T;
  and(x: T, y: T): T;
  /** s = 0, r = g, p = −P⁻¹g; γ = ⟨r, P⁻¹r⟩ and ‖p‖²_A. */
  start(): Awaitable<{ s: V; r: V; p: V; gamma: S; pp: S }>;
  /** q = Bp and κ = ⟨p, q⟩. */
  product(p: V): Awaitable<{ q: V; kappa: S }>;
  /** r⁺ = r + αq, v = P⁻¹r⁺, γ⁺ = ⟨r⁺, v⟩ and ‖r⁺‖². */
  residual(alpha: S, q: V, r: V): Awaitable<{ r: V; v: V; gamma: S; square(): Awaitable<S> }>;
  /** s⁺ = s + αp and p⁺ = βp − v. */
  advance(alpha: S, beta: S, state: { s: V; p: V }, v: V): { s: V; p: V };
  innerProducts(s: V, p: V): Awaitable<InnerProducts<S>>;
  /**
   * Whether the inner products follow their recurrences, which hold for P = A only. They drift when CG loses conjugacy.
   */
  readonly recursInnerProducts: boolean;
  /** Keeps a direction, if the path is wanted. */
  collect(direction: Direction<S> & { readonly p: V; readonly q: V }): void;
  /** A value like this one that nobody will read. */
  unread<X extends V | S>(like: X): X;
  /** One of two ends of a turn. */
  cond(test: T, yes: () => Awaitable<Turn<V, S, T>>, no: () => Awaitable<Turn<V, S, T>>): Awaitable<Turn<V, S, T>>;
  truth(value: boolean): T;
  /** Turns as long as they continue; none unless `enters`. */
  loop(
    enters: T,
    initial: CgState<V, S>,
    turn: (state: CgState<V, S>) => Awaitable<Turn<V, S, T>>,
  ): Awaitable<CgState<V, S>>;
}

/** Turns until one of the tests ends it. At the end the inner products of s and p are sums, not recurrences. */
export async function conjugateGradients<V, S, T>(
  A: Algebra<V, S, T>,
  { radius, stop, gradientNorm, maxProducts }: CgSettings<S>,
  rule: StoppingRule,
): Promise<CgState<V, S>> {
  const { add, mul, div, less } = A;
  const [zero, half, one] = [0, 0.5, 1].map((x) => A.number(x));
  const largest = A.number(Number.MAX_VALUE);
  const all = (...tests: T[]) => tests.reduce((x, y) => A.and(x, y));
  const radius2 = mul(radius, radius);
  const target = mul(stop, gradientNorm);
  const target2 = mul(target, target);

  const turn = async (state: CgState<V, S>): Promise<Turn<V, S, T>> => {
    const { s, r, p, gamma, decrease, ss, sp, pp } = state;
    const { q, kappa } = await A.product(p);
    A.collect({ p, q, gamma, kappa, ss, sp, pp });
    const products = add(state.products, one);
    const alpha = div(gamma, kappa);
    const along = add(sp, mul(alpha, pp)); // ⟨s + αp, Ap⟩
    const ssNext = add(ss, mul(alpha, add(sp, along)));
    const gain = mul(half, mul(alpha, gamma));
    const leave = (measure: S, gammaNext: S): Turn<V, S, T> => ({
      state: { ...state, r: A.unread(r), products, kappa, ssNext, measure, gammaNext },
      continues: A.truth(false),
    });

    const isInside = all(less(zero, kappa), less(ssNext, radius2));
    const toNext = async () => {
      const next = await A.residual(alpha, q, r);
      const [measure, limit] = rule === "residual" ? [await next.square(), target2] : [gain, mul(stop, decrease)];
      const continues = all(
        less(limit, measure),
        less(zero, next.gamma),
        less(next.gamma, largest),
        less(products, maxProducts),
      );
      const move = async (): Promise<Turn<V, S, T>> => {
        const beta = div(next.gamma, gamma);
        const moved = A.advance(alpha, beta, { s, p }, next.v);
        const { sp: spNext, pp: ppNext } = A.recursInnerProducts
          ? { sp: mul(beta, along), pp: add(next.gamma, mul(mul(beta, beta), pp)) }
          : await A.innerProducts(moved.s, moved.p);
        const numbers = { products, gamma: next.gamma, kappa, decrease: add(decrease, gain) };
        const decided = { ssNext, measure, gammaNext: next.gamma };
        return {
          state: { ...moved, ss: ssNext, sp: spNext, pp: ppNext, r: next.r, ...numbers, ...decided },
          continues: A.truth(true),
        };
      };
      return A.cond(continues, move, () => leave(measure, next.gamma));
    };
    return A.cond(isInside, toNext, () => leave(A.unread(gain), A.unread(gamma)));
  };

  const { gamma, pp, ...vectors } = await A.start();
  const unknown = A.number(NaN);
  const numbers = { products: zero, gamma, decrease: zero, ss: zero, sp: zero, pp };
  const initial = { ...vectors, ...numbers, kappa: unknown, ssNext: unknown, measure: unknown, gammaNext: unknown };
  const end = await A.loop(all(less(zero, gamma), less(gamma, largest)), initial, turn);
  return { ...end, ...(await A.innerProducts(end.s, end.p)) };
}
