import { expect, test } from "vitest";
import type { Target } from "../src/data/target.ts";
import { outputOn } from "../src/io.ts";
import { predictionWriter } from "../src/prediction-writer.ts";

const target = {
  name: "price",
  kind: "number",
  task: "numbers",
  because: "",
  low: 0,
  high: 1,
  shift: 0,
  scale: 1,
} as Target;

function written(isTTY: boolean, values: readonly (readonly [number, number])[]): string[] {
  let text = "";
  const write = (part: string) => (text += part);
  const out = outputOn({ write, isTTY });
  const add = predictionWriter(out, target, false, 2);
  for (const [value, deviation] of values) add({ values: [value], deviation });
  return text.trimEnd().split("\n");
}

test("a file gets the deviation and the ends of the interval in columns of their own", () => {
  expect(written(false, [[10, 1.5]])).toEqual(["price,price_deviation,price_low,price_high", "10,1.5,7,13"]);
});

test("a terminal gets value ± half the interval, both to the second digit of the error", () => {
  const values = [
    [3.14213, 0.0468],
    [1234.56, 150],
    [-0.5, 3.21],
  ] as const;
  expect(written(true, values)).toEqual(["price ± 90 %", "3.142 ± 0.094", "1235 ± 300", "-0.5 ± 6.4"]);
});
