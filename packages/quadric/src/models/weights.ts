/**
 * Parameters by name, for files that other tools write and read: paths in the tree joined by dots, such as
 * "blocks.0.first.weight", or the names and layouts of another tool.
 */
import { flattenParameters, tensorsOf } from "../compiler/parameters.ts";
import { ConfigError } from "../errors.ts";
import type { Tensor } from "../vector/tensor.ts";

/** A tensor as the other tool has it. */
export interface NamedPlace {
  readonly name: string;
  /** Whether a matrix is stored [out, in] where ours is [in, out]; defaults to false. */
  readonly transposed?: boolean;
}

/** Where a parameter of ours, given by its path and shape, is in a file. */
type PlaceOf = (path: string, shape: readonly number[]) => NamedPlace;

/**
 * Another tool's names: a function from our path and shape, or `torch`, PyTorch's name of each layer by our path; a
 * layer not listed keeps its path.
 */
export type WeightNames = PlaceOf | { readonly torch: Readonly<Record<string, string>> };

const own: PlaceOf = (path) => ({ name: path });
const placesOf = (names: WeightNames) => (typeof names === "function" ? names : torchPlaces(names.torch));

/**
 * Our layers under PyTorch's names: a dense layer's weight is transposed, `scale` and `shift` of a normalization are
 * called weight and bias. Kernels of convolutions are laid out alike.
 */
function torchPlaces(layers: Readonly<Record<string, string>>): PlaceOf {
  const leaves: Record<string, string> = { scale: "weight", shift: "bias" };
  return (path, shape) => {
    const cut = path.lastIndexOf(".");
    const [layer, leaf] = [path.slice(0, Math.max(cut, 0)), path.slice(cut + 1)];
    const name = [layers[layer] ?? layer, leaves[leaf] ?? leaf].filter((part) => part !== "").join(".");
    return { name, transposed: leaf === "weight" && shape.length === 2 };
  };
}

/** The parameters as tensors by name, for `writeSafetensors`. `params` is not consumed. */
export function namedTensors<P>(params: P, names: WeightNames = own): Map<string, Tensor> {
  const { vector, layout } = flattenParameters(params, "float32");
  const tensors = tensorsOf(vector, layout);
  const placeOf = placesOf(names);
  return new Map(
    layout.tensors.map(({ name: path, shape }, i) => {
      const { name, transposed } = placeOf(path, shape);
      return [name, transposed ? transpose(tensors[i]) : tensors[i]];
    }),
  );
}

/**
 * New parameters in the structure of `params`, with the numbers of a file.
 *
 * @param params - Gives structure and shapes; not consumed.
 * @param tensors - As `readSafetensors` returns them; others in the file are left alone.
 * @throws {ConfigError} if a tensor is missing or has another shape.
 * @example
 * const { tensors } = readSafetensors(bytes);
 * const params = loadParameters(network.init(0), tensors, { torch: { "0": "fc1", "1": "fc2" } });
 */
export function loadParameters<P>(params: P, tensors: ReadonlyMap<string, Tensor>, names: WeightNames = own): P {
  const { vector, layout, unflatten } = flattenParameters(params, "float32");
  const placeOf = placesOf(names);
  for (const { name: path, shape, offset } of layout.tensors) {
    const { name, transposed } = placeOf(path, shape);
    const tensor = tensors.get(name);
    const expected = transposed ? shape.toReversed() : shape;
    if (tensor === undefined || `${tensor.shape}` !== `${expected}`) {
      const found = tensor ? `shape [${tensor.shape}]` : "none";
      throw new ConfigError(`loadParameters: tensor "${name}" must have shape [${expected}], got ${found}.`);
    }
    vector.set((transposed ? transpose(tensor) : tensor).data, offset);
  }
  return unflatten(vector);
}

function transpose({ shape: [rows, columns], data }: Tensor): Tensor {
  const result = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = data[i * columns + j];
  return { shape: [columns, rows], data: result };
}
