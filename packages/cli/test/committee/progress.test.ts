import { expect, test } from "vitest";
import { committeeMeter } from "../../src/committee/progress.ts";
import { outputOn } from "../../src/io.ts";
import type { StepLine, Summary } from "../../src/lines.ts";
import { reporterFor } from "../../src/reporter.ts";

test("the time left is that of the networks done, for those to come and what is left of this one", () => {
  const meter = committeeMeter(4);
  expect(meter(0, 1, 5).secondsLeft).toBeUndefined();
  expect(meter(0, 10, 4).heldOut).toEqual([5, 4]);
  // Ten seconds each: three to go, of which this one has spent two.
  expect(meter(1, 12, 6)).toMatchObject({ secondsLeft: 28, heldOut: [6] });
  expect(meter(1, 30, undefined).secondsLeft).toBe(20);
});

test("networks that an interrupted run had trained take no time", () => {
  const meter = committeeMeter(4);
  expect(meter(2, 5, 1).secondsLeft).toBeUndefined();
  expect(meter(3, 6, 1).secondsLeft).toBe(4);
});

test("a terminal shows the held-out loss as a sparkline, and the time left within 80 columns", () => {
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const reporter = reporterFor(outputOn({ write, isTTY: true, columns: 80 }), false);
  const line = { step: 120, loss: 0.1314, heldOutLoss: 0.1361 } as StepLine;
  const network = { index: 2, of: 5, heldOut: [4, 2, 0.13], secondsLeft: 75 };
  reporter.step(line, { done: 0.4, secondsLeft: undefined, examplesPerSecond: 1, network });
  expect(out).toContain("█▇▁");
  expect(out).toMatch(/network 3 of 5 {2}step 120 {2}held out 0.1300 {2}1 min 15 s left/);
});

test("one network alone says how long it may take at most, and its last held-out loss at every step", () => {
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const reporter = reporterFor(outputOn({ write, isTTY: true, columns: 160 }), false);
  const network = { index: 0, of: 1, heldOut: [0.5, 0.75], secondsLeft: undefined };
  reporter.step({ step: 7, loss: 0.25 } as StepLine, { done: 0.5, secondsLeft: 90, examplesPerSecond: 1, network });
  const words = "step 7  held out 0.7500  at most 1 min 30 s left  training loss 0.2500  least held out 0.5000";
  expect(out).toContain(`network 1 of 1  ${words}`);
});

test("off a terminal each network has one line: its last step, with all losses and the time left", () => {
  let out = "";
  const write = (text: string) => {
    out += text;
  };
  const reporter = reporterFor(outputOn({ write }), false);
  for (const [step, index, loss] of [
    [1, 0, 0.5],
    [2, 0, 0.25],
    [3, 1, 0.75],
  ]) {
    const network = { index, of: 2, heldOut: [loss], secondsLeft: index === 0 ? undefined : 2 };
    const line = { step, loss, heldOutLoss: loss, network: index } as StepLine;
    reporter.step(line, { done: 0, secondsLeft: undefined, examplesPerSecond: 1, network });
  }
  expect(out).toBe("network 1 of 2  step 2  held out 0.2500  training loss 0.2500  least held out 0.2500\n");
  const counts = { backprops: 1, gradients: 1, hvps: 0, ggnvps: 0 };
  reporter.finish({ status: "early-stopped", testAccuracy: null, epochs: 1, counts } as Summary, "runs/a");
  expect(out).toContain("network 2 of 2  step 3  held out 0.7500  2.0 s left  training loss 0.7500  least held out");
});
