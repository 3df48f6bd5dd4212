import { describe, expect, test } from "vitest";
import { noiseFloor } from "../../src/optimizer/noise-floor.ts";

describe("noiseFloor()", () => {
  /** Steps on level ground until the run should end. */
  function patience(floor: ReturnType<typeof noiseFloor>, gradientNorm: number) {
    for (let steps = 1; ; steps++) {
      const ending = floor.after(true, true, gradientNorm);
      if (ending) return { steps, status: ending.status };
    }
  }

  test("ends a run after five more steps whose losses do not differ and that do not halve ‖∇L‖", () => {
    expect(patience(noiseFloor(), 1)).toEqual({ steps: 6, status: "noise-floor" });
    const floor = noiseFloor();
    for (const gradientNorm of [1, 0.9, 0.8, 0.7, 0.5]) expect(floor.after(true, true, gradientNorm)).toBe(undefined);
    expect(patience(floor, 0.3)).toEqual({ steps: 5, status: "noise-floor" });
  });

  test("starts over once losses differ, and remembers whether steps were refused there", () => {
    const floor = noiseFloor();
    for (let k = 0; k < 4; k++) floor.after(true, true, 1);
    floor.after(false, false, 1);
    expect(patience(floor, 1)).toEqual({ steps: 6, status: "radius-collapsed" });
    floor.after(false, true, 1);
    expect(patience(floor, 1).status).toBe("noise-floor");
  });

  test("continues from its state", () => {
    const floor = noiseFloor();
    floor.after(false, false, 1);
    for (let k = 0; k < 3; k++) floor.after(true, true, 1);
    const other = noiseFloor();
    other.restore(floor.state());
    expect(patience(other, 0.9)).toEqual({ steps: 3, status: "radius-collapsed" });
  });
});
