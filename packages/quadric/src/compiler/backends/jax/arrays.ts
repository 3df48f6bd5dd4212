import { type Device, numpy as np } from "@jax-js/jax";
import type { TensorData } from "../../../vector/tensor.ts";

/** A jax array of the given type; numbers of any type are converted. */
export function toArray(data: TensorData, shape: readonly number[], dtype: string, device?: Device): np.Array {
  if (data.length === 0) return np.zeros([...shape], { dtype: dtype as np.DType, device });
  const values =
    dtype === "float32"
      ? Float32Array.from(data)
      : dtype === "float64"
        ? Float64Array.from(data)
        : dtype === "int32"
          ? Int32Array.from(data)
          : dtype === "uint32"
            ? Uint32Array.from(data)
            : Array.from(data, Boolean);
  return np.array(values as Float32Array<ArrayBuffer>, { shape: [...shape], dtype: dtype as np.DType, device });
}
