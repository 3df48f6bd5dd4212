/** Where each tensor of a parameter tree lies inside the flat vector. */
export interface Layout {
  /** d, the length of the flat vector. */
  readonly size: number;
  readonly tensors: readonly TensorSlot[];
}

export interface TensorSlot {
  /** Path in the parameter tree joined by dots, such as "0.weight"; unique. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Index of the first element in the flat vector; the tensor is stored row-major. */
  readonly offset: number;
  /** Number of elements, the product of the shape. */
  readonly size: number;
}

/** The layout of a single unnamed vector, for objectives that know nothing of tensors. */
export function flatLayout(size: number): Layout {
  return { size, tensors: [{ name: "x", shape: [size], offset: 0, size }] };
}
