import { describe, expect, test } from "vitest";
import { noiseFloor } from "../../src/optimizer/noise-floor.ts";

describe("noiseFloor()", () => {
  const level = (gradientNorm: number, isNear = true) => ({ isLevel: true, descent: 0, gradientNorm, isNear });
  const slope = { isLevel: false, descent: 5, gradientNorm: 1, isNear: true };

  /** Steps on level ground until the run should end. */
  function patience(floor: ReturnType<typeof noiseFloor>, gradientNorm: number, isNear = true) {
    for (let steps = 1; ; steps++) {
      const verdict = floor.after(level(gradientNorm, isNear));
      if (verdict) return { steps, verdict };
    }
  }

  test("ends a run after five more steps on level ground that do not halve ‖∇L‖", () => {
    expect(patience(noiseFloor(), 1)).toEqual({ steps: 6, verdict: "rounding" });
    const floor = noiseFloor();
    for (const gradientNorm of [1, 0.9, 0.8, 0.7, 0.5]) expect(floor.after(level(gradientNorm))).toBe(undefined);
    expect(patience(floor, 0.3)).toEqual({ steps: 5, verdict: "rounding" });
  });

  test("starts over on ground that is not level, and calls it a stall if no step there was whole and small", () => {
    const floor = noiseFloor();
    for (let k = 0; k < 4; k++) floor.after(level(1));
    floor.after(slope);
    expect(patience(floor, 1, false)).toEqual({ steps: 6, verdict: "stalled" });
    floor.after(slope);
    expect(patience(floor, 1).verdict).toBe("rounding");
  });

  test("goes on while steps that are level one by one lead downhill together", () => {
    const floor = noiseFloor();
    for (let k = 0; k < 40; k++) expect(floor.after({ ...level(1, false), descent: 0.3 })).toBe(undefined);
    expect(patience(floor, 1, false).verdict).toBe("stalled");
  });

  test("continues from its state", () => {
    const floor = noiseFloor();
    floor.after(slope);
    for (let k = 0; k < 3; k++) floor.after(level(1));
    const other = noiseFloor();
    other.restore(floor.state());
    expect(patience(other, 0.9, false)).toEqual({ steps: 3, verdict: "rounding" });
  });
});
