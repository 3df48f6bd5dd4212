/** What a race shows, in sentences that follow its numbers. */
import { show } from "../charts/scale.ts";
import { recentError } from "../engine/race.ts";
import { methods } from "../methods.ts";
import type { RunnerView } from "./race-model.ts";
import { leastOf } from "./race-view.tsx";

const labelOf = ({ method }: RunnerView): string => methods[method].label;

/** "12 times", to two digits, and to one where nobody needs more. */
function times(factor: number): string {
  if (factor >= 1e6) return `${show(Number(factor.toPrecision(1)))} times`;
  return `${Number(factor.toPrecision(factor >= 1e3 ? 1 : 2)).toLocaleString("en")} times`;
}

/** Who leads by its recent error, and by how much. */
export function errorCaption(runners: readonly RunnerView[]): string {
  const errors = runners
    .map((runner) => ({ runner, error: recentError(runner.samples) }))
    .filter(({ error }) => Number.isFinite(error))
    .sort((a, b) => a.error - b.error);
  if (errors.length === 0) return "The networks start from the same random weights.";
  const [first] = errors;
  const last = errors[errors.length - 1];
  const who = `${labelOf(first.runner)} leads with a relative error of ${show(Number(first.error.toPrecision(2)))}`;
  const rest = first === last ? "." : `; that of ${labelOf(last.runner)} is ${times(last.error / first.error)} larger.`;
  const chosen = runners.find(({ ended }) => ended?.chosen)?.ended?.chosen;
  return `${who}${rest}${chosen ? ` auto() chose ${nameOf(chosen.method)}.` : ""}`;
}

const names: Readonly<Record<string, string>> = {
  "gauss-newton": "explicit Gauss–Newton",
  "dense-newton": "Newton's method with the whole matrix",
};

export function nameOf(method: string): string {
  if (method.startsWith("tr-")) return `a trust region in the norm “${method.slice(3)}”`;
  return names[method] ?? method;
}

/** How much longer it would have paid to learn, or how much was learnt by heart. */
export function heldOutCaption(runners: readonly RunnerView[], stopsEarly: boolean): string {
  const found = runners.flatMap((runner) => {
    const least = leastOf(runner.samples);
    const last = runner.samples.findLast(([, , , check]) => Number.isFinite(check));
    return least && last ? [{ runner, least: least[3], last: last[3], spent: least[0] }] : [];
  });
  if (found.length === 0) return "Thick: loss on held-out examples. Thin: loss on training examples.";
  const [best] = found.toSorted((a, b) => a.least - b.least);
  const overfitted = found.filter(({ least, last }) => last > 1.3 * least);
  const bestWords = `Least held-out loss: ${show(best.least)}, by ${labelOf(best.runner)} after ${show(best.spent)} gradients + products.`;
  if (stopsEarly || overfitted.length === 0) return bestWords;
  const [worst] = overfitted.toSorted((a, b) => b.last / b.least - a.last / a.least);
  return `${bestWords} ${labelOf(worst.runner)} overfits: its held-out loss rose from ${show(worst.least)} to ${show(worst.last)} while its training loss fell.`;
}

/** Who has the least loss. */
export function lossCaption(runners: readonly RunnerView[]): string {
  const losses = runners.flatMap((runner) => {
    const last = runner.samples.findLast(([, , loss]) => Number.isFinite(loss));
    return last ? [{ runner, loss: last[2] }] : [];
  });
  if (losses.length === 0) return "The networks start from the same random weights.";
  const [first, ...others] = losses.toSorted((a, b) => a.loss - b.loss);
  const last = others.at(-1);
  if (!last || first.loss <= 0) return `${labelOf(first.runner)} has the least loss, ${show(first.loss)}.`;
  return `${labelOf(first.runner)} has the least loss, ${show(first.loss)}; that of ${labelOf(last.runner)} is ${times(last.loss / first.loss)} larger.`;
}
