/** Predictions as lines: CSV with a header, or JSON. */
import { cellText } from "./data/table.ts";
import type { Target } from "./data/target.ts";
import { digits, quoted } from "./format.ts";
import type { Output } from "./io.ts";
import type { Prediction } from "./predictions.ts";

/** Probabilities of so many classes stand in a line; of more, that of the predicted class alone. */
const mostColumns = 100;

/**
 * Writes predictions, one a line, as the columns of a table call them; those of images as `class` and `value`. Of numbers
 * that come with a deviation the interval of 90 % follows; on a terminal it is written as value ± half its width.
 *
 * @param target - that of a run on a table.
 * @param reach - half the width of the interval, in deviations.
 */
export function predictionWriter(
  out: Output,
  target: Target | undefined,
  json: boolean,
  reach = 0,
): (prediction: Prediction) => void {
  let example = 0;
  const classes = target?.task === "classes" && target.classes.length <= mostColumns ? target.classes : undefined;
  const nameOf = (label: number) => (target?.task === "classes" ? target.classes[label] : label);
  const textOf = (value: number) => (target?.kind === "date" ? cellText({ kind: "date", levels: [] }, value) : value);

  function describe(prediction: Prediction): object {
    if ("values" in prediction) {
      const { values, deviation } = prediction;
      if (!target) return { values };
      const [value] = values;
      const half = reach * (deviation ?? 0);
      const sure = deviation !== undefined && { deviation, interval: [textOf(value - half), textOf(value + half)] };
      return { value: textOf(value), ...sure };
    }
    const { class: label, probability, probabilities } = prediction;
    const each = classes && probabilities && Object.fromEntries(classes.map((name, i) => [name, probabilities[i]]));
    return { class: nameOf(label), probability, ...(each && { probabilities: each }) };
  }

  function header(prediction: Prediction): string[] {
    if ("values" in prediction) {
      const { values, deviation } = prediction;
      if (target) {
        const { name } = target;
        if (deviation === undefined) return [name];
        return out.isTTY ? [`${name} ± 90 %`] : [name, `${name}_deviation`, `${name}_low`, `${name}_high`];
      }
      return values.length === 1 ? ["value"] : values.map((_, i) => `value_${i}`);
    }
    const { probability, probabilities } = prediction;
    return [
      target?.name ?? "class",
      ...(probability === null ? [] : ["probability"]),
      ...(probabilities && classes ? classes.map((name) => `p(${name})`) : []),
    ];
  }

  function row(prediction: Prediction): string[] {
    if ("values" in prediction) {
      const { values, deviation } = prediction;
      const short = (value: number) => String(target?.kind === "date" ? textOf(value) : Number(value.toPrecision(7)));
      if (deviation === undefined) return values.map(short);
      const [value] = values;
      const half = reach * deviation;
      if (out.isTTY) return [plusMinus(short(value), value, half)];
      return [short(value), String(Number(deviation.toPrecision(4))), short(value - half), short(value + half)];
    }
    const { class: label, probability, probabilities } = prediction;
    return [
      String(nameOf(label)),
      ...(probability === null ? [] : [probability.toFixed(4)]),
      ...(probabilities && classes ? probabilities.map((p) => p.toFixed(4)) : []),
    ];
  }

  return (prediction) => {
    if (json) out.write(`${JSON.stringify({ type: "prediction", example, ...describe(prediction) })}\n`);
    else {
      if (example === 0) out.write(`${header(prediction).map(quoted).join(",")}\n`);
      out.write(`${row(prediction).map(quoted).join(",")}\n`);
    }
    example++;
  };
}

/** 3.12 ± 0.94: both to the second digit of the error; a date as it is, its error in days. */
function plusMinus(text: string, value: number, error: number): string {
  if (Number.isNaN(Number(text))) return `${text} ± ${digits(error, 2)} days`;
  const places = Math.min(20, Math.max(0, 1 - Math.floor(Math.log10(error || 1))));
  return `${value.toFixed(places)} ± ${error.toFixed(places)}`;
}
