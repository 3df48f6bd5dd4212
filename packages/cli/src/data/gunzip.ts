/** Decompression that a hostile file cannot turn into all of the memory. */
import { gunzipSync } from "node:zlib";
import { ConfigError } from "quadric";

/**
 * The content of a gzip file.
 *
 * @param maxBytes - the most it may decompress to; defaults to 1 GiB, twenty times the images of Fashion-MNIST.
 * @throws {ConfigError} if the stream is damaged or cut off, or decompresses to more.
 */
export function gunzip(bytes: Uint8Array, maxBytes: number = 2 ** 30): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw new ConfigError(`gunzip: content must be at most ${maxBytes} bytes, got more.`);
    }
    if (code?.startsWith("Z_")) throw new ConfigError(`gunzip: a whole gzip stream is needed, got "${message}".`);
    throw error;
  }
}
