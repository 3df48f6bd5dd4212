import { expect, test } from "vitest";
import { commands } from "vitest/browser";
import "../helpers/matchers.ts";
import { onnx } from "../../src/web.ts";
import { digits, type Summary, summary } from "./digits.ts";
import { readDigits } from "./read-digits.ts";

function expectSame(actual: Summary, expected: Summary): void {
  expect(actual.decisions).toEqual(expected.decisions);
  expect(actual.losses).toBeAllclose(expected.losses, { relative: 1e-6 }); // float32
  expect(actual.radii).toBeAllclose(expected.radii);
}

test.each(["trust-region", "adam"] as const)("20 steps of %s are those of Node", async (method) => {
  const { history } = await digits(readDigits, { method });
  expectSame(summary(history), await commands.digitsOnNode(method));
});

test("onnxruntime-web takes the steps of jax on wasm", async () => {
  const [onnxRun, jaxRun] = [await digits(readDigits, { backend: onnx() }), await digits(readDigits)];
  expect(onnxRun.history.map(({ loss }) => loss)).toBeAllclose(
    jaxRun.history.map(({ loss }) => loss),
    { relative: 1e-4 }, // 20 steps of other roundings
  );
});
