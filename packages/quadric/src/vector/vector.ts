/** Flat vectors: the only form in which parameters, gradients and steps leave the compiler. */

export type Dtype = "float32" | "float64";

/** A flat parameter-space vector of length d. Its class is its precision; scalars are always float64. */
export type Vector = Float32Array | Float64Array;

/** A new zero vector of the given length and precision. */
export function zeros(size: number, dtype: Dtype): Vector {
  return dtype === "float32" ? new Float32Array(size) : new Float64Array(size);
}

/** e_j. */
export function unitVector(size: number, j: number, dtype: Dtype): Vector {
  const e = zeros(size, dtype);
  e[j] = 1;
  return e;
}

export function dtypeOf(v: Vector): Dtype {
  return v instanceof Float32Array ? "float32" : "float64";
}
