export { type ExportOnnxOptions, exportOnnx } from "./compiler/backends/onnx/export.ts";
export { type ConvAutoencoderOptions, type ConvAutoencoderParams, convAutoencoder } from "./models/conv-autoencoder.ts";
export { type ConvnetOptions, type ConvnetParams, cifarConvnet, convnet } from "./models/convnet.ts";
export type { ConvLayer } from "./models/layers.ts";
export { autoencoder } from "./models/mlp.ts";
export {
  batchNorm,
  channelMoments,
  groupNorm,
  layerNorm,
  type Moments,
  type ScaleShift,
  unitScaleShift,
} from "./models/normalization.ts";
export { type NormalizedNetwork, type ResnetOptions, type ResnetParams, resnet18 } from "./models/resnet.ts";
export { populationStatistics } from "./models/statistics.ts";
export { type TransformerOptions, type TransformerParams, transformer } from "./models/transformer.ts";
export {
  loadParameters,
  type NamedPlace,
  namedTensors,
  torchNames,
  torchStatistics,
  type WeightNames,
} from "./models/weights.ts";
