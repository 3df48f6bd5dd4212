/** The converter of every class of layers that has a form in jax-js. */
import { basicLayers } from "./basic.ts";
import type { Converter } from "./call.ts";
import { convolutionLayers } from "./convolution.ts";
import { mergeLayers } from "./merge.ts";
import { normalizationLayers } from "./normalization.ts";
import { poolingLayers } from "./pooling.ts";
import { recurrentLayers } from "./recurrent.ts";
import { shapeLayers } from "./shape.ts";
import { wrapperLayers } from "./wrappers.ts";

export const converters: Readonly<Record<string, Converter>> = {
  ...basicLayers,
  ...shapeLayers,
  ...convolutionLayers,
  ...poolingLayers,
  ...normalizationLayers,
  ...mergeLayers,
  ...recurrentLayers,
  ...wrapperLayers,
};
