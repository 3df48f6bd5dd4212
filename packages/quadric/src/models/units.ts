/**
 * Examples in units of their own deviations, and outputs in the units of the targets.
 *
 *   x ↦ (x − mean)/deviation,   y ↦ (y − mean)/deviation,   ŷ = mean + deviation·z
 *
 * column by column, in float64; a column of one value becomes 0, and whatever else it holds later.
 */
import type { Units } from "../compiler/problem.ts";
import { ShapeError } from "../errors.ts";
import { type Standardization, standardization } from "../vector/standardization.ts";
import { isTensor, type Tensor, type TensorTree } from "../vector/tensor.ts";

/** Inputs [n, …] and targets [n] or [n, k]; without y the inputs are their own targets. */
export interface Examples {
  readonly x: Tensor;
  readonly y?: Tensor;
}

/** @param hasNumbers - whether targets are numbers with a unit; labels, shares and counts have none. */
export function unitsOf({ x, y }: Examples, hasNumbers: boolean): Units {
  const inputs = columnsOf("x", x, "inputs");
  const targets = y && hasNumbers && isReal(y) ? columnsOf("y", y, "targets") : undefined;
  return {
    encode(tree) {
      const { x, y, ...rest } = tree as { readonly [name: string]: TensorTree };
      return {
        ...rest,
        ...(x !== undefined && { x: encode("x", inputs, x) }),
        ...(y !== undefined && { y: targets ? encode("y", targets, y) : y }),
      };
    },
    decode: ({ shape, data }) => {
      const columns = y ? targets : inputs;
      if (!columns) return { shape, data };
      const width = columns.length;
      return { shape, data: Float64Array.from(data, (z, k) => standardization.invert(columns[k % width], z)) };
    },
  };
}

/** Indices of tokens and classes have no unit. */
const isReal = ({ data }: Tensor): boolean => !(data instanceof Int32Array);

function columnsOf(name: string, tensor: Tensor, of: "inputs" | "targets"): readonly Standardization[] {
  if (!isTensor(tensor) || !(tensor.shape[0] > 0)) {
    throw new ShapeError(`supervised: standardize must have a tensor ${name} of at least one example.`);
  }
  const { shape, data } = tensor;
  const width = data.length / shape[0];
  return Array.from({ length: width }, (_, j) => {
    const values = Float64Array.from({ length: shape[0] }, (_, i) => data[i * width + j]);
    // A scale of 0 stands for one value.
    return standardization.fit(values, { of }) ?? { low: values[0], high: values[0], shift: values[0], scale: 0 };
  });
}

function encode(name: string, columns: readonly Standardization[], tree: TensorTree): TensorTree {
  if (!isTensor(tree) || !isReal(tree)) return tree;
  const { shape, data } = tree;
  const width = columns.length;
  if (data.length !== shape[0] * width) {
    throw new ShapeError(
      `supervised: ${name} must have the ${width} values an example that it was standardized on, got shape [${shape}].`,
    );
  }
  const z = (x: number, k: number) => {
    const column = columns[k % width];
    return column.scale === 0 ? 0 * x : standardization.apply(column, x);
  };
  return { shape, data: Float64Array.from(data, z) };
}
