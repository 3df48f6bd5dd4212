/** The loss of a small network on the spirals as a function of two of its weights. */
import { compileObjective, losses, mlp, supervised, train, type Vector } from "quadric";
import type { Landscape } from "./landscapes.ts";
import { spirals } from "./spirals.ts";

/** A first-layer weight and a last-layer weight, which the loss feels very differently. */
const chosen = (size: number): readonly [number, number] => [0, size - 3];

async function makeSlice(): Promise<Landscape> {
  const objective = await compileObjective(supervised(mlp([2, 8, 2]), losses.crossEntropy, { seed: 1 }));
  const data = spirals(80);
  const { parameters } = await train(objective, objective.initial, data, { steps: 15 });
  const [first, second] = chosen(objective.layout.size);
  const at = ([x, y]: Vector): Vector => {
    const w = parameters.slice();
    w[first] = x;
    w[second] = y;
    return w;
  };
  const project = (v: Vector) => Float64Array.of(v[first], v[second]);
  return {
    value: async (point) => (await objective.value(at(point), data)).value,
    gradient: async (point) => project((await objective.gradient(at(point), data)).gradient),
    async hvp(point, [a, b]) {
      const linearization = await objective.linearize(at(point), data, "hessian");
      const v = new Float32Array(objective.layout.size);
      v[first] = a;
      v[second] = b;
      const product = project(await linearization.curvature.multiply(v));
      linearization.dispose();
      return product;
    },
  };
}

let slice: Promise<Landscape> | undefined;

/** Made once, when first asked for. */
export function networkSlice(): Promise<Landscape> {
  slice ??= makeSlice();
  return slice;
}
