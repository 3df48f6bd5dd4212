/** Trained networks as ONNX files, before the preparation of a table is put around them. */
import type { Tensor } from "quadric";
import { exportOnnx, loadBayesianMlp, loadParameters } from "quadric/models";
import { parseModel } from "./model.ts";
import { type RunRecord, readParameters } from "./run-files.ts";

/** A network that was compiled, with the scaling of its inputs. */
export function networkFile(run: string, record: RunRecord): Promise<Uint8Array> {
  const { config } = record;
  const spec = parseModel(config.model);
  const network = spec.build(config);
  const { shift, scale } = config.scaling;
  const params = {
    network: loadParameters(network.init(config.seed), readParameters(run, record)),
    shift: tensorOf(shift),
    scale: tensorOf(scale),
  };
  type Array = Parameters<typeof network.apply>[1];
  type Weights = { network: typeof params.network; shift: Array; scale: Array };
  // As `scaleInputs` does before training, in the graph.
  const model = (weights: Weights, x: Array) => network.apply(weights.network, x.sub(weights.shift).div(weights.scale));
  const example = { shape: [1, spec.inputs], data: new Float32Array(spec.inputs) };
  return exportOnnx(model, params as unknown as Weights, example);
}

/** Networks by evidence: the mean and its deviation in the target's units, or probabilities. */
export function evidenceFile(run: string, record: RunRecord): Promise<Uint8Array> {
  const { inputs } = parseModel(record.config.model);
  const { apply, params } = loadBayesianMlp(readParameters(run, record));
  return exportOnnx(apply, params, { shape: [1, inputs], data: new Float32Array(inputs) });
}

/** One number for all features, or one for each. */
function tensorOf(value: number | readonly number[]): Tensor {
  return typeof value === "number"
    ? { shape: [], data: Float32Array.of(value) }
    : { shape: [value.length], data: Float32Array.from(value) };
}
