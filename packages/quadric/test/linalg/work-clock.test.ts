import { expect, test } from "vitest";
import { workClock } from "../../src/linalg/work-clock.ts";

const processorSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

test("work on one core is told in processor time, other work in that of the wall", () => {
  const [processor, wall] = [workClock({ isSerial: true }), workClock({ isSerial: false })];
  for (const [clock, reference] of [
    [processor, processorSeconds],
    [wall, () => performance.now() / 1000],
  ]) {
    const before = reference();
    const told = clock();
    expect(told).toBeGreaterThanOrEqual(before);
    expect(told).toBeLessThanOrEqual(reference());
  }
});
