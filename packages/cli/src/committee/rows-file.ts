/** rows.csv: which part each row of the file was in, and what was predicted for it while it was held out. */
import type { Dataset } from "../data/datasets.ts";
import type { Prediction } from "../predictions.ts";
import type { Trained } from "./trained.ts";

/** Lines that are text at a time: those of a file of millions would fill the memory. */
const linesAtOnce = 65536;

/** @param predictions - of the test rows. */
export function rowsFile(
  { folds, heldOutPredictions }: Pick<Trained, "folds" | "heldOutPredictions">,
  { train, test }: Pick<Dataset, "train" | "test">,
  predictions: readonly Prediction[],
  classes: readonly string[] | undefined,
): Uint8Array {
  const name = (label: number) => (classes ? JSON.stringify(classes[label]) : String(label));
  const said = (prediction: Prediction | undefined) => {
    if (!prediction) return "";
    return "values" in prediction ? String(Number(prediction.values[0].toPrecision(7))) : name(prediction.class);
  };
  const rowOf = (rows: Int32Array | undefined, i: number) => rows?.[i] ?? i;
  const isHeld = heldOutPredictions.length === folds.length ? () => true : (fold: number) => fold === 0;
  let held = 0;
  const trained = (i: number) =>
    `fold ${folds[i] + 1},${name(train.targets.data[i])},${said(isHeld(folds[i]) ? heldOutPredictions[held++] : undefined)}`;
  const tested = (i: number) => `test,${name(test.targets.data[i])},${said(predictions[i])}`;

  const pieces: Buffer[] = [];
  let text = "row,part,target,prediction\n";
  // Both lists of rows ascend.
  let [i, j] = [0, 0];
  while (i < folds.length || j < predictions.length) {
    const [a, b] = [
      i < folds.length ? rowOf(train.rows, i) : Infinity,
      j < predictions.length ? rowOf(test.rows, j) : Infinity,
    ];
    text += a <= b ? `${a + 1},${trained(i++)}\n` : `${b + 1},${tested(j++)}\n`;
    if ((i + j) % linesAtOnce !== 0) continue;
    pieces.push(Buffer.from(text));
    text = "";
  }
  return Buffer.concat([...pieces, Buffer.from(text)]);
}
