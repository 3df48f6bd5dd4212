/** The worker's side of `fitTfjs` in a worker. */
import { models } from "@tensorflow/tfjs-layers";
import { serve } from "../web/serve.ts";
import { tensorOf } from "./data.ts";
import type { Job, TfjsResult } from "./elsewhere.ts";
import { fitTfjs, type TfjsFitOptions } from "./fit.ts";
import { weightsAt } from "./weights.ts";

/**
 * Makes this worker train what `fitTfjs` of a page sends it. To be called while the module loads; classes of layers of
 * your own must be registered here too.
 *
 * @param settings - where and by what optimizer it trains; defaults as in `fitTfjs`.
 * @example
 * import "@tensorflow/tfjs";
 * import { serveTfjs } from "quadric/tfjs";
 * serveTfjs(); // the page: fitTfjs(model, x, y, { worker, epochs: 10 })
 */
export function serveTfjs(settings: Pick<TfjsFitOptions, "backend" | "optimizer"> = {}): void {
  serve<Job>(async ({ topology, weights, training, options }, { signal, report }) => {
    const model = await models.modelFromJSON(topology as never);
    try {
      const values = weights.map(tensorOf);
      model.setWeights(values);
      for (const value of values) value.dispose();
      const { x, y, weights: sampleWeight } = training;
      const { loss, route, reason, products, status, message, counts, seconds } = await fitTfjs(model, x, y, {
        ...options,
        ...settings,
        signal,
        ...(sampleWeight && { sampleWeight }),
        callbacks: (event, w) => report([event, w.slice()]),
      });
      return {
        loss,
        route,
        reason,
        products,
        status,
        message,
        counts,
        seconds,
        parameters: weightsAt(model),
      } satisfies TfjsResult;
    } finally {
      model.dispose();
    }
  });
}
