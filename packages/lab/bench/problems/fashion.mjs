/**
 * Fashion-MNIST from Debian's package dataset-fashion-mnist: 60,000 images to train on, 10,000 to test, pixels in 0..1.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parseIdx } from "quadric/data";

const folder = process.env.FASHION_MNIST ?? "/usr/share/datasets/fashion-mnist";
const read = (name) => parseIdx(gunzipSync(readFileSync(`${folder}/${name}-ubyte.gz`)));

/** @param shape - of one image. */
export function fashionMnist(shape = [784]) {
  const part = (name) => {
    const { data } = read(`${name}-images-idx3`);
    const n = data.length / 784;
    return {
      x: { shape: [n, ...shape], data: Float32Array.from(data, (x) => x / 255) },
      y: { shape: [n], data: Int32Array.from(read(`${name}-labels-idx1`).data) },
    };
  };
  return { train: part("train"), test: part("t10k") };
}
