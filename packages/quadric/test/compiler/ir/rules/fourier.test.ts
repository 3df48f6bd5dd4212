import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { wasm } from "../../../../src/compiler/backends/wasm/backend.ts";
import { fourier } from "../../../../src/compiler/ir/rules/fourier.ts";
import { simplifyingBuilder } from "../../../../src/compiler/ir/simplify.ts";
import { printedTrace } from "../../../helpers/graphs.ts";
import {
  type Case,
  compiledOracles,
  eachBackend,
  expectOracles,
  jaxOracles,
  tensor,
} from "../../../helpers/oracles.ts";
import "../../../helpers/matchers.ts";

/** The transform of the unit vector of entry 3 in a batch of 2, of which the other is zero. */
async function ofUnit(n: number): Promise<[Float64Array, Float64Array]> {
  const b = simplifyingBuilder();
  const [real, imaginary] = ["real", "imaginary"].map((name) => b.input(name, [2, n], "float64"));
  const program = await wasm().compile({ inputs: [real, imaginary], outputs: fourier(b, real, imaginary, false) });
  const data = new Float64Array(2 * n);
  data[n + 3] = 1;
  const results = await program.run([data, new Float64Array(2 * n)].map((data) => ({ shape: [2, n], data })));
  program.dispose();
  return results.map(({ data }) => (data as Float64Array).subarray(n)) as [Float64Array, Float64Array];
}

describe("fourier()", () => {
  // One product, two and three factors, a prime, and twice a prime beyond the sizes that are not cut.
  test.each([8, 96, 5184, 101, 2 * 67])("transforms a unit vector of %i entries into e^(−2πi·3k/n)", async (n) => {
    const [real, imaginary] = await ofUnit(n);
    const angles = Float64Array.from({ length: n }, (_, k) => (-2 * Math.PI * ((3 * k) % n)) / n);
    expect(real).toBeAllclose(angles.map(Math.cos), { absolute: 1e-14 });
    expect(imaginary).toBeAllclose(angles.map(Math.sin), { absolute: 1e-14 });
  });

  test("takes one product for the real part of what a real vector becomes", () => {
    const text = printedTrace([[3, 8]], (x) => np.fft.rfft(x).real);
    expect(text.match(/ matmul /g)).toHaveLength(1);
  });

  test("refuses a large prime, with the way out", async () => {
    await expect(ofUnit(1031)).rejects.toThrow("prime factors up to 1024, got one of 1031. Pad the axis with zeros");
  });
});

const problem: Case = {
  loss: ([x, w]) => {
    const spectrum = np.fft.fft({ real: x.ref.mul(w.ref), imag: np.sin(x.ref) }, 0);
    const back = np.fft.ifft({ real: np.tanh(spectrum.real), imag: spectrum.imag.mul(w.ref) });
    const half = np.fft.rfft(np.cos(x));
    const smooth = np.fft.irfft({ real: half.real.mul(0.5), imag: half.imag });
    return np.sin(back.real.mul(smooth)).sum().add(np.square(back.imag).sum());
  },
  params: [tensor([3, 12], 1), tensor([12], 2)],
};

describe.each(eachBackend)("np.fft in %s", (_name, dtype, backend, tolerance) => {
  test("differentiates twice", async () => {
    expectOracles(await compiledOracles(problem, backend(), dtype), jaxOracles(problem), 3 * tolerance);
  });
});
