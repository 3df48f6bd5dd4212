/** Numbers in a loss, such as the π of `x.mul(Math.PI)`, in full precision. */
import { numpy as np } from "@jax-js/jax";

/**
 * Runs `body`, which traces, with the literals of its jaxprs in double precision: jax-js calls the number of `x.mul(Math.PI)`
 * float32 whatever the type of x, and when the jaxpr is complete reads it by `dataSync`, rounded. The array still knows its
 * double, which `dataSync` writes by `fill` into memory of four bytes; so both are listened to while `body` runs.
 */
export function withExactLiterals<T>(body: () => T): T {
  const { prototype } = np.Array;
  const read = prototype.dataSync;
  prototype.dataSync = function (this: np.Array) {
    // "cpu" has rounded its scalars before.
    const isLiteral = this.ndim === 0 && this.dtype === "float32" && this.device === "wasm";
    return isLiteral ? readUnrounded(() => read.call(this) as Float32Array) : read.call(this);
  };
  try {
    return body();
  } finally {
    prototype.dataSync = read;
  }
}

/** What `read` returns, or the number with which it filled that. */
function readUnrounded(read: () => Float32Array): ReturnType<np.Array["dataSync"]> {
  const { prototype } = Float32Array;
  const { fill } = prototype;
  let written: number | undefined;
  prototype.fill = function (this: Float32Array, value: number) {
    written = value;
    return fill.call(this, value);
  };
  try {
    const rounded = read();
    return written === undefined ? rounded : Float64Array.of(written);
  } finally {
    prototype.fill = fill;
  }
}
