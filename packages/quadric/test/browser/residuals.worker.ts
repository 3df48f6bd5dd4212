/** −u″ = f on (0, 1) by a network of 49 parameters at 64 points, in a worker. */
import { numpy as np } from "@jax-js/jax";
import { gaussNewton, minimizeLeastSquares } from "../../src/index.ts";
import { serve } from "../../src/web.ts";
import { reactionResiduals, reactionStart } from "./reaction.ts";

serve(async ({ steps }: { readonly steps: number }, { signal, report }) => {
  const { x, value, iterations, choice } = await minimizeLeastSquares(reactionResiduals(np), reactionStart(np), {
    ...{ method: gaussNewton(), maxIterations: steps, signal },
    callback: report,
  });
  return { x, value, iterations, method: choice.method };
});
