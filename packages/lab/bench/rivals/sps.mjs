/**
 * Stochastic Polyak step [Loizou2021]: SGD with η = min(f_S/(c‖g‖²), γ^{b/n}·η of before), c = ½, γ = 2, the least loss of a batch
 * taken for 0.
 */
import { axpy, dot } from "../../../quadric/dist/vector/kernels.js";
import { rival } from "./rival.mjs";

export const sps = () =>
  rival("sps", (_, start) => {
    const x = start.slice();
    let before = 1;
    return {
      at: x,
      found: x,
      update(g, loss, _batch, { examples, batchSize }) {
        const bound = before * 2 ** (batchSize / examples);
        const squares = dot(g, g);
        if (squares === 0) return;
        before = Math.min(loss / (0.5 * squares), bound);
        axpy(-before, g, x);
      },
    };
  });
