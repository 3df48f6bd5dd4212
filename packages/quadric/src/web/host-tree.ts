/** Values on their way to another thread: jax arrays become host tensors, and memory is moved instead of copied. */
import { numpy as np } from "@jax-js/jax";
import type { Tensor, TensorData } from "../vector/tensor.ts";

/** The same value with every jax array in its arrays and records, which is consumed, as a tensor on the host. */
export async function hostTree(value: unknown): Promise<unknown> {
  if (value instanceof np.Array) {
    const shape = [...value.shape];
    return { shape, data: (await value.data()) as TensorData } satisfies Tensor;
  }
  if (Array.isArray(value)) return Promise.all(value.map(hostTree));
  if (!isRecord(value)) return value;
  const entries = await Promise.all(Object.entries(value).map(async ([key, part]) => [key, await hostTree(part)]));
  return Object.fromEntries(entries);
}

/** The memory of all typed arrays in a value's arrays and records, each once. Shared memory stays where it is. */
export function buffersOf(value: unknown, found: Set<ArrayBuffer> = new Set()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (Array.isArray(value) || isRecord(value)) {
    for (const part of Object.values(value)) buffersOf(part, found);
  }
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
