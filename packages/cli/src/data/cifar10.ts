/**
 * CIFAR-10's binary version: records of one label byte and 3×32×32 channel-first pixels, nothing else.
 *
 *   label | 1024 red | 1024 green | 1024 blue
 */
import { ConfigError, type Tensor } from "quadric";

const pixels = 3 * 32 * 32;
const record = 1 + pixels;

export interface LabelledImages {
  /** [n, channels, height, width]. */
  readonly images: Tensor;
  /** [n]. */
  readonly labels: Tensor;
}

/**
 * One batch file (`data_batch_1.bin`, `test_batch.bin`, …).
 *
 * @throws {ConfigError} if the bytes are not a whole number of records, at least one, with labels 0 to 9.
 */
export function parseCifar10(bytes: Uint8Array): LabelledImages {
  const count = bytes.length / record;
  if (count === 0 || !Number.isInteger(count)) {
    throw new ConfigError(`cifar10: a file must hold records of ${record} bytes, got ${bytes.length} bytes.`);
  }
  const images = new Uint8Array(count * pixels);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * record;
    labels[i] = bytes[at];
    if (labels[i] > 9) throw new ConfigError(`cifar10: labels must be 0 to 9, got ${labels[i]} in record ${i + 1}.`);
    images.set(bytes.subarray(at + 1, at + record), i * pixels);
  }
  return { images: { shape: [count, 3, 32, 32], data: images }, labels: { shape: [count], data: labels } };
}
