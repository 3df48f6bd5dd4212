/** What an autoencoder makes of test images it has never seen: originals above, reconstructions below. */
import { ConfigError, type Tensor } from "quadric";
import { rows } from "quadric/data";
import { encodeGreyPng } from "../charts/png.ts";
import { loadRunData } from "../fingerprint.ts";
import { parseModel } from "../model.ts";
import { readOutputs } from "../predictions.ts";
import { readParameters } from "../run-files.ts";
import type { Group, RunFiles } from "../runs.ts";
import { compileTask, flatten, makeTaskData } from "../task.ts";

export interface Reconstruction {
  readonly name: string;
  readonly seed: number;
  readonly images: number;
  readonly png: Uint8Array;
  /** In pixels of the picture. */
  readonly width: number;
  readonly height: number;
  /** Mean square of the difference, pixels in [0, 1]. */
  readonly error: number;
}

const most = 10;
/** White between images, in pixels. */
const gap = 2;

/**
 * Of the first finished run of each method that is an autoencoder of images; what prevents one is reported to `warn`.
 */
export async function reconstructions(
  groups: readonly Group[],
  warn: (message: string) => void,
): Promise<Reconstruction[]> {
  const found: Reconstruction[] = [];
  for (const { name, runs } of groups) {
    const run = runs.find(({ record, summary }) => summary && parseModel(record.config.model).isAutoencoder);
    if (!run) continue;
    try {
      const picture = await reconstruct(run);
      if (picture) found.push({ name, seed: run.record.config.seed, ...picture });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      warn(`no reconstructions of ${run.path}: ${error.message}`);
    }
  }
  return found;
}

/** Undefined if the inputs are not images. */
async function reconstruct({ path, record }: RunFiles): Promise<Omit<Reconstruction, "name" | "seed"> | undefined> {
  const { config } = record;
  const { inputs, targets } = (await loadRunData(record)).test;
  if (inputs.shape.length !== 3) return undefined;
  const [n, height, width] = inputs.shape;
  const chosen = Int32Array.from({ length: Math.min(n, most) }, (_, i) => i);
  const some = { inputs: rows(inputs, chosen), targets: rows(targets, chosen) };
  const { batch } = makeTaskData(config, some);
  const objective = await compileTask(config);
  try {
    const w = flatten(readParameters(path, record), objective.layout);
    const outputs = readOutputs(config, await objective.predict!(w, batch));
    const originals = imagesOf((batch as { readonly x: Tensor }).x.data, chosen.length);
    const remade = outputs.map((output) => ("values" in output ? output.values : []));
    const picture = arrange([originals, remade], width, height);
    const squares = originals.map((image, i) => image.reduce((sum, x, j) => sum + (x - remade[i][j]) ** 2, 0));
    const error = squares.reduce((a, b) => a + b, 0) / (chosen.length * width * height);
    return {
      images: chosen.length,
      error,
      ...picture,
      png: encodeGreyPng(picture.width, picture.height, picture.pixels),
    };
  } finally {
    objective.dispose();
  }
}

function imagesOf(data: ArrayLike<number>, count: number): number[][] {
  const size = data.length / count;
  return Array.from({ length: count }, (_, i) => Array.from({ length: size }, (_, j) => data[i * size + j]));
}

/** Rows of images side by side; 0 is black and 1 white. */
function arrange(lines: readonly (readonly (readonly number[])[])[], width: number, height: number) {
  const across = lines[0].length;
  const total = { width: across * (width + gap) - gap, height: lines.length * (height + gap) - gap };
  const pixels = new Uint8Array(total.width * total.height).fill(255);
  lines.forEach((images, line) => {
    images.forEach((image, i) => {
      image.forEach((value, j) => {
        const x = i * (width + gap) + (j % width);
        const y = line * (height + gap) + Math.floor(j / width);
        pixels[y * total.width + x] = Math.round(255 * Math.min(1, Math.max(0, value)));
      });
    });
  });
  return { ...total, pixels };
}
