/** A LayersModel as an objective of TensorFlow.js's own gradients. */
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type ClosuresObjective, closuresObjective } from "../objective/closures.ts";
import type { Vector } from "../vector/vector.ts";
import { modelFunction } from "./model-function.ts";
import type { OutputLoss, TfjsBatch } from "./problem.ts";
import { hessianProducts, type TfjsProducts } from "./products.ts";

export interface TfjsObjective extends ClosuresObjective<TfjsBatch> {
  /** The model's trainable weights, flattened, as they were. */
  readonly initial: Vector;
  /** Known after the first product, which finds out; what that costs is booked nowhere. */
  readonly products: TfjsProducts | undefined;
  /** Sets the model's trainable weights. Evaluations leave them at the last point evaluated. */
  assign(w: Vector): void;
}

/**
 * The mean loss over a batch, plus the model's regularizers, as a function of its trainable weights; Hessian products
 * only.
 *
 * Normalizations use the statistics of the batch, as in training; dropout and noise do nothing. The model's weights are
 * the memory that evaluations work in. Between evaluations the event loop runs, and past `deadline()` they throw.
 */
export function closuresOfModel(
  model: LayersModel,
  outputLosses: readonly OutputLoss[],
  deadline: () => void = () => {},
): TfjsObjective {
  const f = modelFunction(model, outputLosses, deadline);
  const products = hessianProducts(f);
  const { layout, assign } = f;
  const initial = new Float32Array(layout.size);
  layout.tensors.forEach(({ offset }, i) => {
    initial.set(f.variables[i].dataSync(), offset);
  });

  const objective = closuresObjective<TfjsBatch>(
    {
      async value(w, batch) {
        let isScalar = false;
        const values = await f.evaluate(w, () => {
          const each = f.lossesOn(batch);
          isScalar = each.rank !== 1;
          return [each, f.regularization()];
        });
        const [last, penalty] = [values.length - 1, values[values.length - 1]];
        if (isScalar) return values[0] + penalty;
        return values.subarray(0, last).map((x) => x + penalty);
      },
      gradient: (w, batch) => f.evaluate(w, () => f.gradients(batch)),
      hvp: products.multiply,
    },
    initial,
    { examples: ({ x }) => x[0].shape[0] },
  );
  return {
    ...objective,
    layout,
    initial,
    get products() {
      return products.made;
    },
    assign,
  };
}
