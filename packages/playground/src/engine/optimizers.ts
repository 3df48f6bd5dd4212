/** The library's optimizers by the names of the page. */
import {
  adagrad,
  adam,
  type Norm,
  norms,
  type Optimizer,
  rmsprop,
  sgd,
  type TrustRegionOptions,
  trustRegion,
} from "quadric";
import { type Ellipsoid, type MethodName, methods } from "../methods.ts";

const ellipsoids: Readonly<Record<Ellipsoid, () => Norm>> = {
  euclidean: norms.euclidean,
  adagrad: norms.adagrad,
  rmsprop: norms.rmsprop,
  adam: norms.adam,
  full: norms.fullMatrix,
};

const firstOrder: Readonly<Record<string, (options: { learningRate: number }) => Optimizer>> = {
  sgd,
  adagrad,
  rmsprop,
  adam,
};

/** An optimizer whose norm can be looked at while it runs. */
export interface Watched {
  readonly optimizer: Optimizer;
  /** The norm of the run, bound to its layout; undefined for first-order methods. */
  norm(): Norm | undefined;
}

export function makeMethod(name: MethodName, options: { learningRate: number } & TrustRegionOptions): Watched {
  const { learningRate, ...region } = options;
  const { order, norm: kind } = methods[name];
  if (order === 1) return { optimizer: firstOrder[name]({ learningRate }), norm: () => undefined };
  let bound: Norm | undefined;
  const settings = ellipsoids[kind]();
  const norm: Norm = {
    ...settings,
    fresh(layout) {
      bound = settings.fresh(layout);
      return bound;
    },
  };
  return { optimizer: trustRegion({ ...region, norm }), norm: () => bound };
}
