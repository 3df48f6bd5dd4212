/**
 * SGD whose rate a line search on the batch finds: η is cut until
 *
 *   f_S(x − ηg) ≤ C − cη‖g‖²
 *
 * Stochastic line search [Vaswani2019]: C = f_S(x), c = 0.1, cuts by 0.9, the next step tries η·2^{1/batches an epoch}, first 1.
 * PoNoS [Galli2023]: C = max(f_S(x), a mean of past losses), c = ½, cuts by ½, the next step tries Polyak's f_S/(c_p‖g‖²)
 * with c_p = 0.1 in [1e-6, 10], halved as often as the step before was cut less once.
 */
import { axpby, axpy, dot } from "../../../quadric/dist/vector/kernels.js";
import { rival } from "./rival.mjs";

/** At most so many cuts; a search that finds nothing takes the last. */
const most = 100;

async function cutUntil(accepts, eta, factor) {
  let cuts = 0;
  while (cuts < most && !(await accepts(eta))) {
    eta *= factor;
    cuts++;
  }
  return { eta, cuts };
}

const search = (name, makePlan) =>
  rival(name, (objective, start) => {
    const x = start.slice();
    const trial = start.slice();
    const plan = makePlan();
    return {
      at: x,
      found: x,
      async update(g, loss, batch, batches) {
        const squares = dot(g, g);
        if (squares === 0) return;
        const { eta, reference, c, factor } = plan.before(loss, squares, batches);
        const accepts = async (rate) => {
          axpby(-rate, g, 1, x, trial);
          return (await objective.value(trial, batch)).value <= reference - c * rate * squares;
        };
        const found = await cutUntil(accepts, eta, factor);
        plan.after(found);
        axpy(-found.eta, g, x);
      },
    };
  });

export const sls = () =>
  search("sls", () => {
    let eta;
    return {
      before(loss, _, { examples, batchSize }) {
        eta = eta === undefined ? 1 : Math.min(10, eta * 2 ** (batchSize / examples));
        return { eta, reference: loss, c: 0.1, factor: 0.9 };
      },
      after(found) {
        ({ eta } = found);
      },
    };
  });

export const ponos = () =>
  search("ponos", () => {
    let [mean, weight, cutBefore] = [undefined, 1, 0];
    return {
      before(loss, squares) {
        if (mean === undefined) mean = loss;
        else {
          mean = (weight * mean + loss) / (weight + 1);
          weight++;
        }
        mean = Math.max(mean, loss);
        const polyak = Math.min(10, Math.max(1e-6, loss / (0.1 * squares)));
        return { eta: polyak * 0.5 ** cutBefore, reference: mean, c: 0.5, factor: 0.5 };
      },
      after({ cuts }) {
        cutBefore = Math.max(0, cutBefore + cuts - 1);
      },
    };
  });
