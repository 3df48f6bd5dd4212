import { lax, numpy as np } from "@jax-js/jax";
import fc from "fast-check";
import { describe, test } from "vitest";
import { type Case, compiledOracles, engines, expectOracles, jaxOracles, tensor } from "../helpers/oracles.ts";

interface Geometry {
  readonly batch: number;
  readonly groups: number;
  /** Per group. */
  readonly channels: number;
  readonly features: number;
  readonly axes: readonly Axis[];
}

interface Axis {
  readonly size: number;
  readonly taps: number;
  readonly stride: number;
  readonly padding: readonly [number, number];
  readonly spread: number;
  readonly dilation: number;
}

const axis: fc.Arbitrary<Axis> = fc
  .record({
    size: fc.integer({ min: 2, max: 6 }),
    taps: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    padding: fc.tuple(fc.integer({ min: -1, max: 3 }), fc.integer({ min: -1, max: 3 })),
    spread: fc.integer({ min: 1, max: 2 }),
    dilation: fc.integer({ min: 1, max: 2 }),
  })
  .filter(({ size, taps, padding: [before, after], spread, dilation }) => {
    const reach = (taps - 1) * dilation;
    // jax-js cannot differentiate with more padding than the kernel reaches.
    return Math.max(before, after) <= reach && (size - 1) * spread + before + after >= reach;
  });

const geometry: fc.Arbitrary<Geometry> = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  groups: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 2 }),
  features: fc.integer({ min: 1, max: 2 }),
  axes: fc.array(axis, { minLength: 1, maxLength: 2 }),
});

function convolution({ batch, groups, channels, features, axes }: Geometry): Case {
  const x = [batch, groups * channels, ...axes.map(({ size }) => size)];
  const k = [groups * features, channels, ...axes.map(({ taps }) => taps)];
  return {
    params: [tensor(x, 1), tensor(k, 2)],
    loss: ([input, kernel]) => {
      const strides = axes.map(({ stride }) => stride);
      const padding = axes.map(({ padding: [before, after] }): [number, number] => [before, after]);
      const y = lax.convGeneralDilated(np.cos(input), kernel, strides, padding, {
        lhsDilation: axes.map(({ spread }) => spread),
        rhsDilation: axes.map(({ dilation }) => dilation),
        featureGroupCount: groups,
      });
      return np.sin(y).sum();
    },
  };
}

describe.each(engines)("convolutions on %s %s", (name, dtype, backend, tolerance) => {
  test("of random strides, paddings, dilations and groups have jax-js's derivatives", async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (drawn) => {
        const problem = convolution(drawn);
        expectOracles(await compiledOracles(problem, backend(), dtype), jaxOracles(problem), tolerance);
      }),
      { seed: 4, numRuns: name === "onnx" ? 40 : 10 },
    );
  });
});
