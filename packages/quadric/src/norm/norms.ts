/** All ellipsoids under one name: `norms.rmsprop({ beta: 0.9 })`. */
import { diagonal, spherical } from "./diagonal.ts";
import { adagrad, adam, rmsprop } from "./second-moment.ts";

export const norms: {
  readonly spherical: typeof spherical;
  readonly diagonal: typeof diagonal;
  readonly adagrad: typeof adagrad;
  readonly rmsprop: typeof rmsprop;
  readonly adam: typeof adam;
} = { spherical, diagonal, adagrad, rmsprop, adam };
