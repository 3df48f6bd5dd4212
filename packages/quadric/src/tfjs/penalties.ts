/** The regularizers of a model: λ₁Σ|w| + λ₂Σw² of each weight that has one. */
import { numpy as np } from "@jax-js/jax";
import type { LayersModel, LayerVariable } from "@tensorflow/tfjs-layers";
import { type Layer, Unconvertible } from "./layers/call.ts";

interface Penalty {
  readonly weight: LayerVariable;
  readonly l1: number;
  readonly l2: number;
}

/**
 * The sum of the penalties that TensorFlow.js adds to the loss: a layer's once for each time that it is called, and
 * none for the weights of recurrent cells, where it leaves them out.
 *
 * @param places - of each trainable weight among the parameters, by its id.
 * @returns undefined if there are none.
 * @throws {Unconvertible} if a regularizer is not of its own kinds.
 */
export function penaltiesOf(
  model: LayersModel,
  places: ReadonlyMap<number, number>,
): ((params: readonly np.Array[]) => np.Array) | undefined {
  // A model counts its losses once for each call of a layer within it.
  const applied = model.calculateLosses();
  const count = applied.length;
  for (const loss of applied) loss.dispose();
  if (count === 0) return undefined;
  const penalties = penaltiesIn(model as unknown as Container);
  if (penalties.length !== count) throw new Unconvertible("its regularizers are not those of its layers' settings");

  return (params) => {
    const terms = penalties.flatMap(({ weight, l1, l2 }) => {
      const place = places.get(weight.id);
      const w =
        place === undefined ? np.array(Float32Array.from(weight.read().dataSync())) : params[place].ref.reshape([-1]);
      const linear = l1 === 0 ? [] : [np.sum(np.absolute(w.ref)).mul(l1)];
      return [...linear, np.sum(np.square(w)).mul(l2)];
    });
    for (const array of params) array.dispose();
    return terms.reduce((sum, term) => sum.add(term));
  };
}

type Container = { readonly layers: readonly Layer[]; readonly containerNodes: ReadonlySet<string> };

function penaltiesIn({ layers, containerNodes }: Container): Penalty[] {
  return layers.flatMap((layer) => {
    const calls = layer.inboundNodes.filter((_, i) => containerNodes.has(`${layer.name}_ib-${i}`)).length;
    const own = "containerNodes" in layer ? penaltiesIn(layer as unknown as Container) : penaltiesOfLayer(layer);
    return Array.from({ length: calls }, () => own).flat();
  });
}

function penaltiesOfLayer(layer: Layer & { readonly layer?: Layer }): Penalty[] {
  if (layer.losses.length === 0) return [];
  if (layer.layer !== undefined) return penaltiesOfLayer(layer.layer);
  const weights = layer as unknown as Record<string, LayerVariable | undefined>;
  return Object.entries(layer.getConfig()).flatMap(([key, setting]) => {
    if (!key.endsWith("Regularizer") || key === "activityRegularizer" || setting == null) return [];
    const name = key.replace("Regularizer", "");
    const weight = weights[name] ?? weights[`${name}Kernel`];
    if (weight == null) return [];
    const { className, config } = setting as { className: string; config: { l1: number; l2: number } };
    if (className !== "L1L2") throw new Unconvertible(`layer "${layer.name}" has the ${key} ${className}`);
    return [{ weight, ...config }];
  });
}
