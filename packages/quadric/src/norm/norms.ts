/** Ellipsoids under one name: `norms.rmsprop({ beta: 0.9 })`. */
import { diagonal, spherical } from "./diagonal.ts";
import { fullMatrix } from "./full-matrix.ts";
import { hutchinson } from "./hutchinson.ts";
import { adagrad, adam, rmsprop } from "./second-moment.ts";

export const norms: {
  readonly spherical: typeof spherical;
  readonly diagonal: typeof diagonal;
  readonly adagrad: typeof adagrad;
  readonly rmsprop: typeof rmsprop;
  readonly adam: typeof adam;
  readonly fullMatrix: typeof fullMatrix;
  readonly hutchinson: typeof hutchinson;
} = { spherical, diagonal, adagrad, rmsprop, adam, fullMatrix, hutchinson };
