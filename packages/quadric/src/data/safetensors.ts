/**
 * Safetensors, the tensor file other tools read too.
 *
 *   N (u64, little-endian) | N bytes of JSON: name → { dtype, shape, data_offsets } | tensor bytes
 *
 * The writer pads the JSON with spaces and puts wide elements first, so that every tensor is aligned to its element;
 * the reader copies each tensor, so it asks for no alignment. Platforms with JavaScript engines are little-endian.
 */
import { ConfigError } from "../errors.ts";
import type { Tensor, TensorData } from "../vector/tensor.ts";
import { elements } from "./elements.ts";

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The file's `__metadata__`; empty without one. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What is written. */
const classes = { F64: Float64Array, F32: Float32Array, I32: Int32Array, U8: Uint8Array } as const;

/** What is read, as NumPy calls it. */
const names = {
  ...({ F64: "f8", F32: "f4", F16: "f2", BF16: "bf2", I64: "i8", I32: "i4", I16: "i2", I8: "i1" } as const),
  ...({ U64: "u8", U32: "u4", U16: "u2", U8: "u1", BOOL: "b1" } as const),
};
type Code = keyof typeof names;
const codes = Object.keys(names) as Code[];

function codeOf(data: TensorData): Code {
  return (Object.keys(classes) as (keyof typeof classes)[]).find((code) => data instanceof classes[code])!;
}
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** The bytes of a file that holds the tensors, in an order and with a header that depend on nothing else. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const width = ({ data }: Tensor) => data.BYTES_PER_ELEMENT;
  const ordered = [...tensors].sort(([a, x], [b, y]) => width(y) - width(x) || (a < b ? -1 : 1));

  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  let end = 0;
  for (const [name, { shape, data }] of ordered) {
    if (name === "__metadata__") throw new ConfigError(`safetensors: a tensor must not be called "${name}".`);
    if (sizeOf(shape) !== data.length) {
      throw new ConfigError(
        `safetensors: tensor "${name}" of shape [${shape}] must have ${sizeOf(shape)} elements, got ${data.length}.`,
      );
    }
    const start = end;
    end += data.byteLength;
    header.push([name, { dtype: codeOf(data), shape, data_offsets: [start, end] }]);
  }

  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const offset = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(offset + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(offset - 8), true);
  bytes.fill(0x20, 8, offset).set(json, 8);
  let at = offset;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a whole file. Every size is checked against the bytes present before anything is allocated.
 *
 * Half precision and bfloat16 become float32; integers of 8 and 16 bits int32; those of 64 bits and U32 float64, exact up
 * to 2^53; BOOL uint8.
 *
 * @throws {ConfigError} if the header is damaged, the tensors do not fill the file exactly, or an element type is unknown.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  if (bytes.length < 8) throw new ConfigError(`safetensors: a file must have at least 8 bytes, got ${bytes.length}.`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(bytes.length - 8)) {
    throw new ConfigError(
      `safetensors: a header of ${length} bytes must fit into the file, got ${bytes.length} bytes.`,
    );
  }
  const dataStart = 8 + Number(length);
  const dataLength = bytes.length - dataStart;
  const { __metadata__: metadata = {}, ...entries } = parseHeader(bytes.subarray(8, dataStart));
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw new ConfigError("safetensors: __metadata__ must be an object of strings.");
  }

  const slots = Object.entries(entries)
    .map(([name, entry]) => parseEntry(name, entry))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  let end = 0;
  for (const slot of slots) {
    if (slot.start !== end) {
      throw new ConfigError(
        `safetensors: tensor "${slot.name}" must start at byte ${end} of the data, got ${slot.start}.`,
      );
    }
    end = slot.end;
  }
  if (end !== dataLength) {
    throw new ConfigError(`safetensors: the tensors need ${end} bytes of data, got ${dataLength}.`);
  }

  const tensors = new Map<string, Tensor>();
  for (const { name, code, shape, start, end } of slots) {
    tensors.set(name, { shape, data: valuesOf(code, bytes.subarray(dataStart + start, dataStart + end)) });
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

function valuesOf(code: Code, bytes: Uint8Array): TensorData {
  if (code in classes) return new classes[code as keyof typeof classes](Uint8Array.from(bytes).buffer);
  const { bytes: width, make, read } = elements[names[code]];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = make(bytes.length / width);
  for (let i = 0; i < values.length; i++) values[i] = read(view, i * width, true);
  return values;
}

interface Slot {
  readonly name: string;
  readonly code: Code;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let [header, text]: [unknown, string] = [undefined, ""];
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch {
    throw new ConfigError("safetensors: the header must be JSON, got something else.");
  }
  if (!isRecord(header)) throw new ConfigError("safetensors: the header must be a JSON object, got something else.");
  const names = new Set<string>();
  for (const name of topLevelKeys(text)) {
    if (names.has(name)) throw new ConfigError(`safetensors: every name must be there once, got "${name}" twice.`);
    names.add(name);
  }
  return header;
}

/** The keys of a JSON object as they are written: a parser keeps one of several that are equal. */
function topLevelKeys(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (const [token, key] of json.matchAll(/("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (key && depth === 1) keys.push(JSON.parse(key));
  }
  return keys;
}

function parseEntry(name: string, entry: unknown): Slot {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  const where = `safetensors: tensor ${JSON.stringify(name)}`;
  const code = codes.find((known) => known === dtype);
  if (!code) throw new ConfigError(`${where} must be one of ${codes.join(", ")}, got ${JSON.stringify(dtype)}.`);
  if (!isSizes(shape))
    throw new ConfigError(`${where} must have a shape of integers ≥ 0, got ${JSON.stringify(shape)}.`);
  const length = sizeOf(shape) * elements[names[code]].bytes;
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[1] - offsets[0] !== length) {
    throw new ConfigError(`${where} of shape [${shape}] must span ${length} bytes, got ${JSON.stringify(offsets)}.`);
  }
  return { name, code, shape, start: offsets[0], end: offsets[1] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
