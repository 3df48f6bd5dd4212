import { expect, test } from "vitest";
import { fitScaling, scaleInputs } from "../../src/data/inputs.ts";

test.each([0.1, 0.5, 1, 3, 7, 255, 0.001])(
  "a feature that is %d throughout becomes 0, and any other value of it",
  (c) => {
    for (const n of [2, 80, 100, 160, 1000]) {
      const data = Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 ? c : i));
      const scaling = fitScaling("standardize", { shape: [n, 2], data });
      const other = { shape: [2, 2], data: Float64Array.of(n, c, n, 1.1 * c) };
      expect(
        scaleInputs(scaling, other)
          .data.filter((_, i) => i % 2)
          .every((x) => x === 0),
      ).toBe(true);
      expect(Number.isFinite(scaleInputs(scaling, other).data[0])).toBe(true);
    }
  },
);
