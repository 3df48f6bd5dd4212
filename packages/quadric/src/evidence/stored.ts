/** A committee as named tensors, and back. */
import { ConfigError } from "../errors.ts";
import type { Tensor } from "../vector/tensor.ts";
import { type CommitteeGraph, graphOf } from "./graph.ts";
import type { EvidenceLoss } from "./likelihood.ts";
import type { Member } from "./member.ts";
import { offsetsOf } from "./network.ts";
import { type Committee, type Predictor, predictorOf } from "./predictor.ts";

const losses: readonly EvidenceLoss[] = ["squared-error", "cross-entropy", "poisson"];

const vector = (data: Float64Array): Tensor => ({ shape: [data.length], data });

export function storedTensors({ loss, scales, members, weights, reading }: Committee): ReadonlyMap<string, Tensor> {
  const of = (key: "low" | "high" | "shift" | "scale") =>
    vector(Float64Array.from(scales.inputs, (scale) => scale?.[key] ?? 0));
  const { shift, scale } = scales.target;
  const { sharpness, spread, quantiles } = reading;
  const { inputs, outputs } = members[0].shape;
  return new Map<string, Tensor>([
    ["kind", vector(Float64Array.of(losses.indexOf(loss), inputs, outputs))],
    ...(["low", "high", "shift", "scale"] as const).map((key): [string, Tensor] => [`inputs.${key}`, of(key)]),
    ["target", vector(Float64Array.of(shift, scale))],
    ["reading", vector(Float64Array.of(sharpness, spread))],
    ["quantiles", vector(quantiles)],
    ["weights", vector(weights)],
    ["widths", vector(Float64Array.from(members, ({ shape }) => shape.hidden))],
    ["noise", vector(Float64Array.from(members, ({ beta }) => 1 / beta))],
    ...members.flatMap(({ theta, inverseFactor }, m): [string, Tensor][] => [
      [`${m}.theta`, vector(theta)],
      [`${m}.inverseFactor`, { shape: [theta.length, theta.length], data: inverseFactor }],
    ]),
  ]);
}

/**
 * The predictions of a model that was stored, bit for bit.
 *
 * @throws {ConfigError} if a tensor is missing or has another size.
 */
export function loadBayesianMlp(tensors: ReadonlyMap<string, Tensor>): Predictor & CommitteeGraph {
  const take = (name: string, size?: number): Float64Array => {
    const found = tensors.get(name);
    if (!found || (size !== undefined && found.data.length !== size)) {
      const must = size === undefined ? "there" : `of ${size} numbers`;
      throw new ConfigError(`loadBayesianMlp: ${name} must be ${must}, got ${found ? found.data.length : "nothing"}.`);
    }
    return Float64Array.from(found.data);
  };
  const [loss, inputs, outputs] = take("kind", 3);
  const [low, high, shift, scale] = ["low", "high", "shift", "scale"].map((key) => take(`inputs.${key}`, inputs));
  const target = take("target", 2);
  const [sharpness, spread] = take("reading", 2);
  const weights = take("weights");
  const widths = take("widths", weights.length);
  const noise = take("noise", weights.length);
  const members = Array.from(widths, (hidden, m): Member => {
    const shape = { inputs, hidden, outputs };
    const { size } = offsetsOf(shape);
    const inverseFactor = take(`${m}.inverseFactor`, size * size);
    return { shape, theta: take(`${m}.theta`, size), inverseFactor, beta: 1 / noise[m] };
  });
  const committee: Committee = {
    loss: losses[loss],
    scales: {
      inputs: Array.from(scale, (s, j) =>
        s === 0 ? undefined : { low: low[j], high: high[j], shift: shift[j], scale: s },
      ),
      target: { shift: target[0], scale: target[1] },
    },
    members,
    weights,
    reading: { sharpness, spread, quantiles: take("quantiles") },
  };
  return { ...predictorOf(committee), ...graphOf(committee) };
}
