import { expect, test } from "vitest";
import { studentQuantile } from "../../src/fitting/student-t.ts";
import reference from "../fixtures/curve-fits.json" with { type: "json" };

test("studentQuantile() has 11 digits, from half a degree of freedom to none missing", () => {
  for (const [p, degrees, t] of reference.quantiles) {
    const found = studentQuantile(p!, degrees ?? Infinity);
    expect(Math.abs(found / t! - 1), `p ${p}, ${degrees} degrees`).toBeLessThan(1e-11);
    expect(studentQuantile(1 - p!, degrees ?? Infinity)).toBeCloseTo(-found, 6);
  }
});

test("studentQuantile() of one half is 0", () => {
  expect(studentQuantile(0.5, 3)).toBe(0);
});
