/** A network on examples as evidence sees it: values, gradients and the Gauss–Newton matrix of the data. */
import type { EvidenceProblem } from "./laplace.ts";
import type { Likelihood } from "./likelihood.ts";
import { hiddenUnits, offsetsOf, outputsOf, pullBack, type Shape } from "./network.ts";
import { gramCost, networkGram } from "./network-gram.ts";

export function networkProblem(shape: Shape, x: Float64Array, n: number, likelihood: Likelihood): EvidenceProblem {
  return {
    size: offsetsOf(shape).size,
    observations: n,
    hasNoise: likelihood.hasNoise,
    cost: n * gramCost(shape),
    value: (theta) => likelihood.value(outputsOf(shape, theta, x, n)),
    curvature(theta) {
      const T = hiddenUnits(shape, theta, x, n);
      const z = outputsOf(shape, theta, x, n, T);
      const { value, slope, curvature } = likelihood.derivatives(z);
      const gradient = pullBack(shape, theta, x, T, slope);
      return { value, gradient, gram: networkGram(shape, theta, x, T, curvature) };
    },
  };
}
