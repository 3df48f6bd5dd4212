/** What a function of jax arrays returns: one array. Of a list or an object jax-js would use the first leaf alone. */
import type { numpy as np } from "@jax-js/jax";
import { ShapeError } from "../../errors.ts";

/** What a user's function returned, if it is one array, or one number if that is due. */
export function oneArray(what: string, value: unknown, isScalar: boolean): np.Array {
  const shape = (value as Partial<np.Array> | undefined)?.shape;
  if (!Array.isArray(shape)) {
    const got = Array.isArray(value)
      ? "a list"
      : value instanceof Promise
        ? "a promise"
        : value === undefined
          ? "nothing"
          : `a value of type ${typeof value}`;
    throw new TypeError(
      `${what} must return one array, got ${got}.${Array.isArray(value) ? " Join them: np.concatenate, np.stack." : ""}`,
    );
  }
  if (isScalar && shape.length > 0) {
    throw new ShapeError(
      `${what} must return one number, got an array of shape [${shape}]. Sum it up: np.sum, np.mean.`,
    );
  }
  return value as np.Array;
}
