/** Ellipsoids under one name: `norms.rmsprop({ beta: 0.9 })`. */
import { clipped, diagonal, euclidean } from "./diagonal.ts";
import { equilibrated } from "./equilibrated.ts";
import { fullMatrix } from "./full-matrix.ts";
import { hutchinson } from "./hutchinson.ts";
import { adagrad, adam, rmsprop } from "./second-moment.ts";

export const norms: {
  readonly euclidean: typeof euclidean;
  readonly diagonal: typeof diagonal;
  readonly adagrad: typeof adagrad;
  readonly rmsprop: typeof rmsprop;
  readonly adam: typeof adam;
  readonly fullMatrix: typeof fullMatrix;
  readonly hutchinson: typeof hutchinson;
  readonly equilibrated: typeof equilibrated;
  readonly clipped: typeof clipped;
} = { euclidean, diagonal, adagrad, rmsprop, adam, fullMatrix, hutchinson, equilibrated, clipped };
