/**
 * NumPy's `.npy` and `.npz`.
 *
 *   npy   \\x93NUMPY major minor | length of the header | { 'descr': …, 'fortran_order': …, 'shape': … } | elements
 *   npz   a zip archive of these, stored or deflated
 */
import { ConfigError } from "../errors.ts";
import type { Tensor, TensorData } from "../vector/tensor.ts";
import { type Element, elements } from "./elements.ts";

/** Bytes that an archive's arrays may unpack to. */
const mostBytes = 2 ** 31;

/**
 * The arrays of a `.npz` file by name, or that of a `.npy` file as `arr_0`.
 *
 * Integers of 64 bits become float64, truths and bytes uint8, half precision float32. Sizes are checked against the
 * bytes present before anything is allocated.
 *
 * @throws {ConfigError} if the file is damaged, encrypted, packed otherwise than by deflate, or holds objects or text.
 * @example
 * const { x, y } = Object.fromEntries(await readNumpy(bytes));
 */
export async function readNumpy(bytes: Uint8Array): Promise<ReadonlyMap<string, Tensor>> {
  if (bytes[0] === 0x93) return new Map([["arr_0", readNpy(bytes)]]);
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return readNpz(bytes);
  throw new ConfigError(`numpy: a file must start as .npy or .npz does, got ${bytes.length} bytes of something else.`);
}

function readNpy(bytes: Uint8Array): Tensor {
  const view = viewOf(bytes);
  const isShort = bytes[6] === 1;
  const start = isShort ? 10 : 12;
  const magic = new TextDecoder("latin1").decode(bytes.subarray(1, 6));
  if (bytes.length < start || magic !== "NUMPY")
    throw new ConfigError("npy: must start with its magic and a version, got other bytes.");
  const length = isShort ? view.getUint16(8, true) : view.getUint32(8, true);
  const data = start + length;
  if (data > bytes.length)
    throw new ConfigError(`npy: a header of ${length} bytes must fit into the file, got ${bytes.length} bytes.`);
  const header = new TextDecoder("latin1").decode(bytes.subarray(start, data));
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? "none";
  const sizes = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const element = /^[<>|=]/.test(descr) ? elements[descr.slice(1)] : undefined;
  if (!element)
    throw new ConfigError(`npy: elements must be numbers of 1 to 8 bytes or truths, got ${JSON.stringify(descr)}.`);
  if (sizes === undefined || order === undefined)
    throw new ConfigError("npy: the header must name shape and fortran_order, got neither.");
  const shape = sizes
    .split(",")
    .filter((size) => size.trim() !== "")
    .map(Number);
  const count = shape.reduce((product, size) => product * size, 1);
  if (data + count * element.bytes !== bytes.length) {
    throw new ConfigError(
      `npy: shape [${shape}] must have ${count * element.bytes} bytes of data, got ${bytes.length - data}.`,
    );
  }
  const values = element.make(count);
  const isLittle = descr[0] !== ">";
  for (let i = 0; i < count; i++) values[i] = element.read(view, data + i * element.bytes, isLittle);
  return { shape, data: order === "True" ? transposed(values, shape, element) : values };
}

/** Elements in the order of the last axis, from that of the first. */
function transposed(values: TensorData, shape: readonly number[], { make }: Element): TensorData {
  const result = make(values.length);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  for (let i = 0; i < values.length; i++) {
    let [rest, from] = [i, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % shape[axis]) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    result[i] = values[from];
  }
  return result;
}

async function readNpz(bytes: Uint8Array): Promise<ReadonlyMap<string, Tensor>> {
  const view = viewOf(bytes);
  const damaged = (what: string) => new ConfigError(`npz: ${what} must lie inside the archive, got other bytes.`);
  // The directory stands at the end, before a comment of at most 65,535 bytes.
  let end = bytes.length - 22;
  while (end >= 0 && end > bytes.length - 65558 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) throw damaged("the directory");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  let total = 0;
  const arrays = new Map<string, Tensor>();
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) throw damaged("an entry");
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [packed, unpacked] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const local = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    at += 46 + nameLength + extra + comment;
    if (!name.endsWith(".npy")) continue;
    if (local + 30 > bytes.length || view.getUint32(local, true) !== 0x04034b50) throw damaged(JSON.stringify(name));
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    total += unpacked;
    if (start + packed > bytes.length || total > mostBytes) throw damaged(JSON.stringify(name));
    if (flags & 1 || (method !== 0 && method !== 8)) {
      throw new ConfigError(
        `npz: ${JSON.stringify(name)} must be stored or deflated, got method ${method}, flags ${flags}.`,
      );
    }
    const content = bytes.subarray(start, start + packed);
    arrays.set(name.slice(0, -4), readNpy(method === 0 ? content : await inflate(content, unpacked)));
  }
  return arrays;
}

/** @throws {ConfigError} if the stream is damaged or has another length than it claims. */
async function inflate(content: Uint8Array, length: number): Promise<Uint8Array> {
  const result = new Uint8Array(Math.min(length, 1032 * content.length));
  let used = 0;
  const reader = new Blob([Uint8Array.from(content)])
    .stream()
    .pipeThrough(new DecompressionStream("deflate-raw"))
    .getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (used + piece.value.length > result.length) throw new RangeError("too long");
      result.set(piece.value, used);
      used += piece.value.length;
    }
  } catch {
    used = -1;
  }
  if (used !== length)
    throw new ConfigError(`npz: an array must unpack to the ${length} bytes that it claims, got others.`);
  return result;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength);
