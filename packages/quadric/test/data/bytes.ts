/** Files as bytes, for the parser tests. */

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An IDX file of the given type code, axis sizes and element bytes. */
export function idxBytes(type: number, sizes: readonly number[], elements: readonly number[]): Uint8Array {
  const header = sizes.flatMap((size) => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]);
  return Uint8Array.from([0, 0, type, sizes.length, ...header, ...elements]);
}

/** A safetensors file with this header, taken literally, and these data bytes. */
export function safetensorsBytes(header: string, data: readonly number[]): Uint8Array {
  const json = ascii(header);
  const length = new Uint8Array(new BigUint64Array([BigInt(json.length)]).buffer);
  return Uint8Array.from([...length, ...json, ...data]);
}
