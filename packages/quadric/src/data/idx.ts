/**
 * IDX, the format of MNIST and Fashion-MNIST: a big-endian tensor with a four-byte magic.
 *
 *   0 0 type axes | size₁ … size_axes (u32) | elements, row-major
 */
import { ConfigError } from "../errors.ts";
import type { Tensor, TensorData } from "../vector/tensor.ts";

interface ElementType {
  readonly bytes: number;
  allocate(count: number): TensorData;
  read(view: DataView, offset: number): number;
}

const elementTypes: Readonly<Record<number, ElementType>> = {
  8: { bytes: 1, allocate: (n) => new Uint8Array(n), read: (view, at) => view.getUint8(at) },
  9: { bytes: 1, allocate: (n) => new Int32Array(n), read: (view, at) => view.getInt8(at) },
  11: { bytes: 2, allocate: (n) => new Int32Array(n), read: (view, at) => view.getInt16(at) },
  12: { bytes: 4, allocate: (n) => new Int32Array(n), read: (view, at) => view.getInt32(at) },
  13: { bytes: 4, allocate: (n) => new Float32Array(n), read: (view, at) => view.getFloat32(at) },
  14: { bytes: 8, allocate: (n) => new Float64Array(n), read: (view, at) => view.getFloat64(at) },
};

/**
 * One IDX file, uncompressed.
 *
 * Integers narrower than 32 bits other than unsigned bytes become int32. The sizes of the header are checked against
 * the bytes present before anything is allocated.
 *
 * @throws {ConfigError} if the bytes are not exactly one IDX tensor of at least one axis.
 */
export function parseIdx(bytes: Uint8Array): Tensor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0) {
    const start = bytes.length < 4 ? `${bytes.length} bytes` : `0x${view.getUint16(0).toString(16).padStart(4, "0")}`;
    throw new ConfigError(`idx: a file must start with two zero bytes, got ${start}.`);
  }
  const code = bytes[2];
  const type = elementTypes[code];
  if (!type) throw new ConfigError(`idx: element type must be 8, 9, 11, 12, 13 or 14, got ${code}.`);
  const axes = bytes[3];
  const start = 4 + 4 * axes;
  if (axes === 0) throw new ConfigError("idx: a tensor must have at least one axis, got 0.");
  if (bytes.length < start) {
    throw new ConfigError(`idx: a header of ${axes} axes must have ${start} bytes, got ${bytes.length}.`);
  }

  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, size) => product * size, 1);
  const expected = start + count * type.bytes;
  if (bytes.length !== expected) {
    throw new ConfigError(`idx: shape [${shape.join(", ")}] must have ${expected} bytes in all, got ${bytes.length}.`);
  }

  const data = type.allocate(count);
  if (data instanceof Uint8Array) data.set(bytes.subarray(start));
  else for (let i = 0; i < count; i++) data[i] = type.read(view, start + i * type.bytes);
  return { shape, data };
}
