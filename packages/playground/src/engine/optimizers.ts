/** The library's optimizers by the names of the page. */
import {
  adagrad,
  adam,
  auto,
  lbfgs,
  type Norm,
  norms,
  type Optimizer,
  rmsprop,
  sgd,
  ssbroyden,
  type TrustRegionOptions,
  trustRegion,
} from "quadric";
import { type Ellipsoid, type Method, type MethodName, methods } from "../methods.ts";

const ellipsoids: Readonly<Record<Ellipsoid, () => Norm>> = {
  euclidean: norms.euclidean,
  adagrad: norms.adagrad,
  rmsprop: norms.rmsprop,
  adam: norms.adam,
  full: norms.fullMatrix,
};

const others: Readonly<Record<string, (options: { learningRate: number }) => Optimizer>> = {
  auto: () => auto(),
  lbfgs: () => lbfgs(),
  ssbroyden: () => ssbroyden(),
  sgd,
  adagrad,
  rmsprop,
  adam,
};

/** An optimizer whose norm can be looked at while it runs. */
export interface Watched {
  readonly optimizer: Optimizer;
  /** The norm of the run, bound to its layout; undefined for all but trust regions. */
  norm(): Norm | undefined;
}

export function makeMethod(name: MethodName, options: { learningRate: number } & TrustRegionOptions): Watched {
  const { learningRate, ...region } = options;
  const { norm: kind }: Method = methods[name];
  if (!kind) return { optimizer: others[name]({ learningRate }), norm: () => undefined };
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
