/** Elements of tensors in files, and what they become in memory. */
import type { TensorData } from "../vector/tensor.ts";

type Read = (view: DataView, at: number, isLittle: boolean) => number;

export interface Element {
  readonly bytes: number;
  readonly make: (n: number) => TensorData;
  readonly read: Read;
}

const float64 = (n: number) => new Float64Array(n);
const int32 = (n: number) => new Int32Array(n);

/** By kind and size, as NumPy calls them. 64-bit integers and unsigned ones of 32 bits become float64, exact up to 2^53. */
export const elements: Readonly<Record<string, Element>> = {
  f8: { bytes: 8, make: float64, read: (view, at, little) => view.getFloat64(at, little) },
  f4: { bytes: 4, make: (n) => new Float32Array(n), read: (view, at, little) => view.getFloat32(at, little) },
  bf2: {
    bytes: 2,
    make: (n) => new Float32Array(n),
    read: (view, at, little) => upperHalf(view.getUint16(at, little)),
  },
  f2: { bytes: 2, make: (n) => new Float32Array(n), read: (view, at, little) => halfOf(view.getUint16(at, little)) },
  i8: { bytes: 8, make: float64, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  i4: { bytes: 4, make: int32, read: (view, at, little) => view.getInt32(at, little) },
  i2: { bytes: 2, make: int32, read: (view, at, little) => view.getInt16(at, little) },
  i1: { bytes: 1, make: int32, read: (view, at) => view.getInt8(at) },
  u8: { bytes: 8, make: float64, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  u4: { bytes: 4, make: float64, read: (view, at, little) => view.getUint32(at, little) },
  u2: { bytes: 2, make: int32, read: (view, at, little) => view.getUint16(at, little) },
  u1: { bytes: 1, make: (n) => new Uint8Array(n), read: (view, at) => view.getUint8(at) },
  b1: { bytes: 1, make: (n) => new Uint8Array(n), read: (view, at) => view.getUint8(at) },
};

/** The number that 16 bits stand for: sign, 5 bits of exponent, 10 of fraction. */
function halfOf(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

const word = new Uint32Array(1);

/** The number that the upper 16 bits of a float32 stand for (bfloat16). */
function upperHalf(bits: number): number {
  word[0] = bits * 65536;
  return new Float32Array(word.buffer)[0];
}
