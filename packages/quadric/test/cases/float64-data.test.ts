/**
 * Data that are not to be rounded to float32, made before quadric has compiled anything, on Node without Float16Array
 * too.
 */
import { numpy as np } from "@jax-js/jax";
import { expect, test } from "vitest";
import { minimizeLeastSquares } from "../../src/index.ts";

test("F24: np.array of a Float64Array keeps all digits, with the default backend", async () => {
  const y = np.array(Float64Array.of(1.1, 2.2, 3.3));
  const { x, status } = await minimizeLeastSquares(([a]) => a.sub(y.ref), [np.array(0)]);
  expect(status).toBe("converged");
  expect(Math.abs((x[0].item() as number) - 2.2)).toBeLessThan(1e-15);
});
