/** Numbers in a loss, such as the π of `x.mul(Math.PI)`, in full precision; and refusal of those that have lost it. */
import { numpy as np } from "@jax-js/jax";

/**
 * Runs `body`, which traces, with the literals of its jaxprs in double precision. For jax-js the number of
 * `x.mul(Math.PI)` is float32 whatever the type of x: it reads it by `dataSync`, rounded, when the jaxpr is complete. The
 * array still knows its double, which `dataSync` writes by `fill` into memory of four bytes. Both are listened to while
 * `body` runs.
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

/** 2²⁴: float32 holds all integers up to here. */
export const lastInteger: number = 2 ** 24;

/**
 * Whether a float32 number is likely the rounded value of another: it uses the last of its 24 bits and is no integer
 * that float32 holds. Of numbers that were rounded one in 4,096 passes.
 */
function isRounded(value: number): boolean {
  bits[0] = value;
  return (words[0] & 0xfff) !== 0 && !(Number.isInteger(value) && Math.abs(value) <= lastInteger);
}

const bits = new Float32Array(1);
const words = new Int32Array(bits.buffer);

/** @throws {TypeError} if float32 numbers of a constant in a float64 loss look rounded. */
export function requireExact(data: Float32Array, shape: readonly number[]): void {
  const rounded = data.find((value) => Number.isFinite(value) && isRounded(value));
  if (rounded === undefined) return;
  throw new TypeError(
    `compileObjective: a float64 loss must hold float64 constants, got float32[${shape}] with ${rounded}. np.array([…]) rounds ` +
      "to float32: write np.array(Float64Array.of(…)), or x.astype(np.float64) if the data are float32.",
  );
}

/**
 * @throws {TypeError} if a literal of a jitted function is rounded, since jax-js traced it before quadric could listen.
 */
export function requireUnrounded(value: number, jitted: string): void {
  if (!Number.isFinite(value) || Math.fround(value) !== value || !isRounded(value)) return;
  throw new TypeError(
    `compileObjective: a float64 loss must hold float64 literals, got ${value} in ${jitted}, rounded when it was first called, ` +
      "outside quadric. Compile the objective before that call, or write the formula into the loss.",
  );
}
