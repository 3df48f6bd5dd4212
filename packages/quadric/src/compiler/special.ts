/** Special functions that jax-js has not, as functions of its arrays. */
import { jit, numpy as np } from "@jax-js/jax";
import { replay } from "./backends/jax/backend.ts";
import type { ElementType } from "./ir/graph.ts";
import { polygamma } from "./ir/rules/polygamma.ts";
import { simplifyingBuilder } from "./ir/simplify.ts";

/** ψ⁽ⁿ⁾ of an array, by the formula of functions/gamma.ts. */
function evaluate(order: number, x: np.Array): np.Array {
  const real = x.dtype === "float64" ? x : x.astype(np.float32);
  const b = simplifyingBuilder();
  const input = b.input("x", real.shape, real.dtype as ElementType);
  return replay({ inputs: [input], outputs: [polygamma(b, order, input)] })(real)[0];
}

interface SpecialFunctions {
  /**
   * log |Γ(x)|, for the likelihoods of counts, gamma, beta and Dirichlet distributions. All real x; ∞ at 0, −1, −2, …
   *
   * In a compiled loss it has the precision of the backend, in float64 some 15 digits, and exact derivatives of every
   * order. Reference: [AbramowitzStegun1964, section 6.1].
   *
   * @param x - of any shape; consumed, as by the functions of jax-js.
   * @example
   * special.lgamma(np.array([5])).js(); // => [3.178054]: log 4!
   */
  lgamma(x: np.Array): np.Array;
  /**
   * ψ(x), the derivative of log |Γ(x)|. All real x but 0, −1, −2, … Reference: [AbramowitzStegun1964, section 6.3].
   *
   * @param x - of any shape; consumed.
   * @example
   * special.digamma(np.array([1])).js(); // => [-0.5772157]: −γ
   */
  digamma(x: np.Array): np.Array;
}

export const special: SpecialFunctions = {
  lgamma: jit(function lgamma(x: np.Array): np.Array {
    return evaluate(-1, x);
  }),
  digamma: jit(function digamma(x: np.Array): np.Array {
    return evaluate(0, x);
  }),
};
