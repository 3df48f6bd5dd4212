/** The text of a file in pieces, unpacked and decoded: memory does not grow with the file. */
import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import { createGunzip } from "node:zlib";
import { ConfigError } from "quadric";

export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/** Thrown by a piece that is not UTF-8, so that the file can be read again as something else. */
export class NotUtf8Error extends Error {}

const pieceBytes = 2 ** 18;

/** Tables unpack to 3 to 30 times their size; deflate can reach 1032 times. */
const mostUnpacking = 100;
const unpackedAnyway = 2 ** 26;

/** Bytes of a file; fewer where it ends. */
export function bytesAt(path: string, position: number, count: number): Uint8Array {
  const file = openSync(path, "r");
  try {
    const bytes = new Uint8Array(count);
    return bytes.subarray(0, readSync(file, bytes, 0, count, position));
  } finally {
    closeSync(file);
  }
}

/** The encoding that the first bytes name by a byte order mark; undefined without one. */
function markOf(bytes: Uint8Array): Encoding | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : undefined;
}

/** The text of a file. Line ends are LF, whatever they were. */
export interface TextSource {
  readonly encoding: Encoding;
  readonly pieces: AsyncIterable<string>;
}

/**
 * @param bytes - of a file, in pieces.
 * @param fallback - the encoding if no byte order mark names one; defaults to UTF-8, checked.
 * @throws {ConfigError} if the file is no text.
 */
export async function openText(bytes: AsyncGenerator<Uint8Array>, fallback: Encoding = "utf-8"): Promise<TextSource> {
  const first = await bytes.next();
  const start = first.done ? new Uint8Array(0) : first.value;
  refuseBinary(start);
  const mark = markOf(start);
  async function* all(): AsyncGenerator<Uint8Array> {
    yield start;
    yield* bytes;
  }
  return { encoding: mark ?? fallback, pieces: decode(all(), mark ?? fallback, mark !== undefined) };
}

/**
 * The bytes of a file in pieces, gzipped or not.
 *
 * @throws {ConfigError} if a gzip stream is damaged or unpacks to more than 100 times its size.
 */
export async function* readPieces(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: pieceBytes });
  if (!isGzip(path)) return yield* file as AsyncIterable<Uint8Array>;
  const packed = statSync(path).size;
  const most = Math.max(unpackedAnyway, mostUnpacking * packed);
  const refuse = () => {
    throw new ConfigError(`gunzip: a table must unpack to at most ${mostUnpacking} times its size, got more.`);
  };
  // The last four bytes claim the size, so that most bombs need not be unpacked.
  if (claimedSize(path, packed) > most) refuse();
  const gunzip = file.on("error", (error) => gunzip.destroy(error)).pipe(createGunzip({ chunkSize: pieceBytes }));
  let unpacked = 0;
  try {
    for await (const piece of gunzip as AsyncIterable<Uint8Array>) {
      unpacked += piece.length;
      if (unpacked > most) refuse();
      yield piece;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith("Z_")) throw error;
    throw new ConfigError(`gunzip: a whole gzip stream is needed, got "${message}".`);
  } finally {
    file.destroy();
  }
}

function isGzip(path: string): boolean {
  const [first, second] = bytesAt(path, 0, 2);
  return first === 0x1f && second === 0x8b;
}

/** Bytes that a gzip file of one member unpacks to, modulo 4 GiB. */
function claimedSize(path: string, size: number): number {
  return size < 18 ? 0 : Buffer.from(bytesAt(path, size - 4, 4)).readUInt32LE();
}

const signatures: readonly (readonly [string, string])[] = [
  ["PK\x03\x04", "a zip archive or a spreadsheet; save it as CSV"],
  ["\xd0\xcf\x11\xe0", "a spreadsheet of an old Office; save it as CSV"],
  ["BZh", "a bzip2 file; unpack it first"],
  ["\xfd7zXZ", "an xz file; unpack it first"],
  ["\x28\xb5\x2f\xfd", "a zstd file; unpack it first"],
  ["SQLite format 3", "an SQLite database; export a table as CSV"],
  ["\x89HDF", "an HDF5 file; export a table as CSV"],
  ["%PDF", "a PDF file"],
];

function refuseBinary(bytes: Uint8Array): void {
  const start = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  const known = signatures.find(([signature]) => start.startsWith(signature));
  if (known) throw new ConfigError(`table: a file must be text, got ${known[1]}.`);
}

async function* decode(
  bytes: AsyncIterable<Uint8Array>,
  encoding: Encoding,
  isMarked: boolean,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: encoding === "utf-8" });
  let held = "";
  let at = 0;
  const textOf = (piece: Uint8Array | undefined): string => {
    try {
      return held + (piece ? decoder.decode(piece, { stream: true }) : decoder.decode());
    } catch {
      if (isMarked) throw new ConfigError("table: must be UTF-8 as its byte order mark says, got other bytes.");
      throw new NotUtf8Error();
    }
  };
  for await (const piece of bytes) {
    const zero = encoding.startsWith("utf-16") ? -1 : piece.indexOf(0);
    if (zero >= 0) throw new ConfigError(`table: a file must be text, got a zero byte at ${at + zero}.`);
    at += piece.length;
    const text = textOf(piece);
    // A CR at the end may be half a line end.
    held = text.endsWith("\r") ? "\r" : "";
    const whole = held === "" ? text : text.slice(0, -1);
    yield whole.includes("\r") ? whole.replace(/\r\n?/g, "\n") : whole;
  }
  const last = textOf(undefined);
  if (last !== "") yield last.replace(/\r\n?/g, "\n");
}
