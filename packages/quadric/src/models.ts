/** Networks beyond `mlp`, and models as files of other tools. */
export { type ExportOnnxOptions, exportOnnx } from "./compiler/backends/onnx/export.ts";
export {
  type BayesianMlp,
  type BayesianMlpData,
  type BayesianMlpOptions,
  type BayesianMlpProgress,
  bayesianMlp,
  type FittedNetwork,
} from "./evidence/bayesian-mlp.ts";
export type { BayesianPrediction, PredictOptions, Predictor } from "./evidence/predictor.ts";
export { loadBayesianMlp } from "./evidence/stored.ts";
export { type ConvnetOptions, type ConvnetParams, convnet } from "./models/convnet.ts";
export { loadParameters, namedTensors, type WeightNames } from "./models/weights.ts";
