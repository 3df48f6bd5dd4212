/** The 8×8 digits, fetched from the page's folder when first needed, and kept. */
import type { Tensor } from "quadric";
import { parseIdx } from "quadric/data";

export interface Digits {
  readonly train: { readonly x: Tensor; readonly y: Tensor };
  readonly test: { readonly x: Tensor; readonly y: Tensor };
  /** Of the test images, bytes. */
  readonly pixels: Uint8Array;
}

const files = {
  trainImages: new URL("../../../cli/data/digits/train-images-idx3-ubyte.gz", import.meta.url),
  trainLabels: new URL("../../../cli/data/digits/train-labels-idx1-ubyte.gz", import.meta.url),
  testImages: new URL("../../../cli/data/digits/t10k-images-idx3-ubyte.gz", import.meta.url),
  testLabels: new URL("../../../cli/data/digits/t10k-labels-idx1-ubyte.gz", import.meta.url),
};

let kept: Promise<Digits> | undefined;

export function digits(): Promise<Digits> {
  kept ??= load().catch((error: unknown) => {
    kept = undefined; // the next who asks tries again
    throw error;
  });
  return kept;
}

async function load(): Promise<Digits> {
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all(Object.values(files).map(read));
  const examples = (images: Tensor, labels: Tensor) => ({
    x: { shape: [images.shape[0], 64], data: Float32Array.from(images.data, (byte) => byte / 16) },
    y: { shape: labels.shape, data: Int32Array.from(labels.data) },
  });
  return {
    train: examples(trainImages, trainLabels),
    test: examples(testImages, testLabels),
    pixels: testImages.data as Uint8Array,
  };
}

/** An IDX file; packed unless the server has unpacked it on the way. */
async function read(url: URL): Promise<Tensor> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`digits: ${url.pathname} could not be loaded, got status ${response.status}.`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!(bytes[0] === 0x1f && bytes[1] === 0x8b)) return parseIdx(bytes);
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return parseIdx(new Uint8Array(await new Response(plain).arrayBuffer()));
}
