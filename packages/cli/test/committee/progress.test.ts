import { expect, test } from "vitest";
import { committeeMeter } from "../../src/committee/progress.ts";
import type { Output } from "../../src/io.ts";
import type { StepLine } from "../../src/lines.ts";
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
  const terminal = { write, writeStyled: write, isTTY: true, columns: 80 };
  const reporter = reporterFor(terminal as unknown as Output, false);
  const line = { step: 120, loss: 0.1314, heldOutLoss: 0.1361 } as StepLine;
  const network = { index: 2, of: 5, heldOut: [4, 2, 1], secondsLeft: 75 };
  reporter.step(line, { done: 0.4, secondsLeft: undefined, examplesPerSecond: 1, network });
  expect(out).toContain("█▅▁");
  expect(out).toMatch(/network 3 of 5 {2}step 120 {2}held out 0.1361 {2}1 min 15 s left/);
});
