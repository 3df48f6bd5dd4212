/** Predictions as lines: CSV with a header, or JSON. */
import { cellText } from "./data/table.ts";
import type { Target } from "./data/target.ts";
import { quoted } from "./format.ts";
import type { Output } from "./io.ts";
import type { Prediction } from "./predictions.ts";

/** Probabilities of so many classes stand in a line; of more, that of the predicted class alone. */
const mostColumns = 100;

/**
 * Writes predictions, one a line, as the columns of a table call them; those of images as `class` and `value`.
 *
 * @param target - that of a run on a table.
 */
export function predictionWriter(
  out: Output,
  target: Target | undefined,
  json: boolean,
): (prediction: Prediction) => void {
  let example = 0;
  const classes = target?.task === "classes" && target.classes.length <= mostColumns ? target.classes : undefined;
  const nameOf = (label: number) => (target?.task === "classes" ? target.classes[label] : label);
  const textOf = (value: number) => (target?.kind === "date" ? cellText({ kind: "date", levels: [] }, value) : value);

  function describe(prediction: Prediction): object {
    if ("values" in prediction) {
      return target ? { value: textOf(prediction.values[0]) } : { values: prediction.values };
    }
    const { class: label, probability, probabilities } = prediction;
    const each = classes && probabilities && Object.fromEntries(classes.map((name, i) => [name, probabilities[i]]));
    return { class: nameOf(label), probability, ...(each && { probabilities: each }) };
  }

  function header(prediction: Prediction): string[] {
    if ("values" in prediction) {
      const { values } = prediction;
      if (target) return [target.name];
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
      return prediction.values.map((value) =>
        String(target?.kind === "date" ? textOf(value) : Number(value.toPrecision(7))),
      );
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
