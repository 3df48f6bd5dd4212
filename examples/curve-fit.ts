/**
 * Fits y = a·exp(−b·x) + c to noisy measurements: no learning rate, no derivatives to write, and an error of every
 * parameter.
 */
import { curveFit } from "quadric";

const truth = { a: 2.5, b: 1.3, c: 0.5 };
const decay = (t: number, { a, b, c }: typeof truth) => a * Math.exp(-b * t) + c;
const x = Float64Array.from({ length: 40 }, (_, i) => i / 10);
const noise = (i: number) => 0.01 * Math.sin(12.9898 * (i + 1) ** 2);
const y = x.map((t, i) => decay(t, truth) + noise(i));

const { parameters, standardErrors, status, iterations, predict } = await curveFit(decay, x, y, {
  start: { a: 1, b: 0.1, c: 0 },
});
for (const name of ["a", "b", "c"] as const) {
  console.log(`${name} = ${parameters[name].toFixed(3)} ± ${standardErrors[name].toFixed(3)}`);
}
const { lower, upper } = predict([5], { band: "confidence" });
console.log(
  `${status} after ${iterations} steps; 95 % band at x = 5: ${lower[0].toFixed(3)} to ${upper[0].toFixed(3)}`,
);
