/**
 * What a member of a committee and the linear fit that it begins from minimise.
 *
 *   L(w) = (1/n)·Σ_i w_i·ℓ(z(x_i), y_i) + (1/n)·(½λ‖perceptrons‖² + ½κ‖U‖²)
 *
 * The weights w_i are those of folds.ts. κ = 1 and the linear map alone is ridge or logistic regression with the penalty
 * that scikit-learn gives it; ℓ = r² instead of ½r² doubles λ and κ. Biases of the outputs are free.
 */
import { numpy as np } from "@jax-js/jax";
import {
  type CompiledObjective,
  compileObjective,
  gaussNewton,
  type Layout,
  type ModelProblem,
  mlp,
  type Regularizer,
  regularizers,
  type TensorTree,
  train,
  type Vector,
} from "quadric";
import type { TrainConfig } from "../config.ts";
import { parseModel } from "../model.ts";
import { backendOf, lossOf, regularizerOf } from "../task.ts";
import type { LinearFit } from "./linear.ts";
import type { MemberParams } from "./network.ts";

type Weighted = { readonly x: np.Array; readonly y: np.Array; readonly weight: np.Array };
type Params = ModelProblem["params"];

async function weighted(
  config: TrainConfig,
  params: Params,
  apply: (params: Params, x: np.Array) => np.Array,
  regularizer: Regularizer,
): Promise<CompiledObjective> {
  const loss = lossOf(config);
  return compileObjective(
    {
      params,
      model: (params: Params, { x }: Weighted) => apply(params, x),
      loss: (outputs: np.Array, { y, weight }: Weighted) => loss(outputs, y).mul(weight),
      regularizer,
    },
    { backend: await backendOf(config) },
  );
}

const half = (tensor: np.Array): np.Array => np.sum(np.square(tensor)).mul(0.5);

/** λ and κ for a loss: squares count twice. */
const scaleOf = ({ loss }: TrainConfig): number => (loss === "mse" ? 2 : 1);

/** A member with the penalty λ, or the one of `--l2` or `--penalty` if that is asked for. */
export function compileMember(config: TrainConfig, examples: number, decay: number): Promise<CompiledObjective> {
  const spec = parseModel(config.model);
  const { activation, initializer } = config;
  const network = (spec.buildMember ?? spec.build)({ activation, initializer });
  const scale = scaleOf(config) / examples;
  const besideLinear: Regularizer = ({ perceptrons, linear }: MemberParams) => {
    const penalised = perceptrons.flatMap((layers) =>
      layers.flatMap(({ weight, bias }, l) => {
        if (l < layers.length - 1) return [half(weight), half(bias)];
        bias.dispose();
        return [half(weight)];
      }),
    );
    const sum = penalised.reduce((a, b) => a.add(b)).mul(decay * scale);
    return sum.add(half(linear).mul(scale));
  };
  const isLinear = config.model.endsWith("+linear");
  const regularizer = regularizerOf(config) ?? (isLinear ? besideLinear : regularizers.l2(decay * scale));
  return weighted(config, network.init(config.seed) as Params, network.apply as never, regularizer);
}

/** The linear fit; `fit` gives its parameters for weights. */
export async function compileLinear(
  config: TrainConfig,
  examples: number,
): Promise<{ fit(batch: TensorTree): Promise<LinearFit>; dispose(): void }> {
  const { inputs, outputs } = parseModel(config.model);
  const network = mlp([inputs, outputs]);
  const scale = scaleOf(config) / examples;
  const params = [{ weight: np.zeros([inputs, outputs]), bias: np.zeros([outputs]) }];
  const objective = await weighted(config, params, network.apply as never, ([{ weight, bias }]) => {
    bias.dispose();
    return half(weight).mul(scale);
  });
  // Beyond this the whole matrix costs more than the products of a trust region.
  const isSmall = objective.layout.size <= 300 && examples * outputs * objective.layout.size <= 2e7;
  return {
    dispose: () => objective.dispose(),
    async fit(batch) {
      const { parameters } = await train(objective, objective.initial, batch, {
        ...(isSmall && { optimizer: gaussNewton({ relativeGradientTolerance: 1e-3 }) }),
        batchSize: examples,
        steps: isSmall ? 30 : 60,
        history: false,
      });
      const of = (name: string) => slot(parameters, objective.layout, name).slice();
      return { weight: of("0.weight"), bias: of("0.bias") };
    },
  };
}

/** The parameters of a member with the linear fit in it, and otherwise `start`. */
export function withLinear(start: Vector, layout: Layout, { weight, bias }: LinearFit): Vector {
  const w = start.slice();
  if (!layout.tensors.some(({ name }) => name === "linear")) return w;
  slot(w, layout, "linear").set(weight);
  const last = layout.tensors.filter(({ name }) => /^perceptrons\.0\.\d+\.bias$/.test(name)).at(-1)!;
  slot(w, layout, last.name).set(bias);
  return w;
}

function slot(w: Vector, { tensors }: Layout, name: string): Vector {
  const { offset, size } = tensors.find((tensor) => tensor.name === name)!;
  return w.subarray(offset, offset + size);
}
