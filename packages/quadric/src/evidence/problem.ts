/** A network on examples as evidence sees it: values, gradients and the Gauss–Newton matrix of the data. */
import type { EvidenceProblem } from "./laplace.ts";
import type { Likelihood } from "./likelihood.ts";
import { softmaxInPlace } from "./likelihood.ts";
import { hiddenUnits, jacobianColumns, offsetsOf, outputsOf, pullBack, type Root, type Shape } from "./network.ts";
import { addGram } from "./products.ts";

const rowsAtOnce = 256;

export function networkProblem(shape: Shape, x: Float64Array, n: number, likelihood: Likelihood): EvidenceProblem {
  const { size } = offsetsOf(shape);
  const k = shape.outputs;
  return {
    size,
    observations: n,
    hasNoise: likelihood.hasNoise,
    cost: (n * k * size * size) / 2,
    value: (theta) => likelihood.value(outputsOf(shape, theta, x, n)),
    curvature(theta) {
      const T = hiddenUnits(shape, theta, x, n);
      const z = outputsOf(shape, theta, x, n, T);
      const slope = new Float64Array(k * n);
      const value = likelihood.slope(z, slope);
      const gradient = pullBack(shape, theta, x, T, slope);
      const root = rootOf(likelihood, z, n);
      const gram = new Float64Array(size * size);
      const block = Math.max(1, Math.floor(rowsAtOnce / k));
      const columns = new Float64Array(size * k * Math.min(block, n));
      for (let from = 0; from < n; from += block) {
        const to = Math.min(n, from + block);
        jacobianColumns(shape, theta, x, T, root, from, to, columns);
        addGram(columns, k * (to - from), size, gram);
      }
      return { value, gradient, gram };
    },
  };
}

export function rootOf(likelihood: Likelihood, z: Float64Array, n: number): Root {
  const { outputs: k } = likelihood;
  const weight = likelihood.curvature(z).map(Math.sqrt);
  if (k === 1) return { examples: n, at: (i) => weight[i] };
  const p = softmaxInPlace(z.slice(), k);
  const root = p.map(Math.sqrt);
  return {
    examples: n,
    at: (i, l, m) => weight[i] * root[l * n + i] * ((l === m ? 1 : 0) - p[m * n + i]),
  };
}

/** J itself, of one output after the other. */
export const plainRoot = (n: number): Root => ({ examples: n, at: (_, l, m) => (l === m ? 1 : 0) });
