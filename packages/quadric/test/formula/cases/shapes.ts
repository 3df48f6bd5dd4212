/** Curves that people fit, in their usual units, with noise of a few per cent of their range. */
import { type Formula, formula } from "../../../src/formula/formula.ts";
import { makeRandom } from "../../../src/vector/random.ts";

export interface Shape {
  readonly name: string;
  readonly text: string;
  readonly truth: readonly number[];
  readonly x: Float64Array;
  readonly y: Float64Array;
}

function shape(
  name: string,
  text: string,
  truth: readonly number[],
  [low, high]: readonly [number, number],
  n = 60,
  noise = 0.02,
): Shape {
  const x = Float64Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1));
  const y = new Float64Array(n);
  formula(text).evaluate(truth, [x], y);
  const range = Math.max(...y) - Math.min(...y);
  const random = makeRandom(1);
  return { name, text, truth, x, y: y.map((value) => value + noise * range * random.normal()) };
}

export const shapes: readonly Shape[] = [
  shape("a line", "a + b*x", [3, -0.2], [0, 50]),
  shape("a cubic", "a + b*x + c*x^2 + d*x^3", [1, -2, 0.3, 0.05], [-5, 5]),
  shape("a decay", "a*exp(-b*x) + c", [5, 0.012, 1], [0, 300]),
  shape("a decay by its time constant", "A*exp(-x/tau) + C", [800, 3e-6, 40], [0, 2e-5]),
  shape("a growth", "a*exp(x/T)", [12, 9], [0, 40]),
  shape("two decays", "a*exp(-b*x) + c*exp(-d*x)", [5, 2, 3, 0.15], [0, 12], 120, 0.005),
  shape("a Gaussian peak on a slope", "a*exp(-(x - m)^2/(2*s^2)) + b*x + c", [30, 1042, 2.5, 0.1, 5], [1020, 1060]),
  shape("two Gaussian peaks", "a*exp(-((x - m)/s)^2) + b*exp(-((x - n)/t)^2)", [3, 20, 4, 5, 45, 6], [0, 70], 140),
  shape("a Lorentzian peak", "h*w^2/((x - x0)^2 + w^2) + c", [7, 0.02, 2.87, 1], [2.7, 3]),
  shape("a power law", "a*x^b", [0.7, 1.6], [1, 100]),
  shape("a power law with offset", "a*x^b + c", [4, -0.8, 2], [0.2, 30]),
  shape("a logistic", "L/(1 + exp(-k*(x - x0)))", [180, 0.35, 24], [0, 60]),
  shape("a dose response", "d + (a - d)/(1 + (x/c)^b)", [0.1, 0.9, 40, 1.8], [0.5, 400]),
  shape("Michaelis–Menten kinetics", "V*x/(K + x)", [210, 0.06], [0.01, 1.2]),
  shape("Hill's equation", "V*x^n/(K^n + x^n)", [10, 3, 25], [1, 100]),
  shape("a sinusoid", "a*sin(w*x + p) + c", [2, 7.3, 0.6, 10], [0, 20], 200, 0.1),
  shape("a sinusoid by its period", "a*sin(2*pi*(x - t)/T) + c", [12, 100, 365, 15], [0, 1000], 100, 0.05),
  shape("a damped oscillation", "a*exp(-g*x)*cos(w*x)", [1.5, 0.2, 5], [0, 15], 150, 0.03),
  shape("Arrhenius' law", "A*exp(-E/(8.314*x))", [4e7, 52000], [280, 350], 30),
  shape("saturation", "a*(1 - exp(-k*x))", [66, 0.004], [0, 900]),
  shape("a step with tanh", "a + b*tanh((x - m)/w)", [5, 2, 410, 30], [300, 500]),
  shape("Planck-like", "a*x^3/(exp(x/b) - 1)", [2, 1.7], [0.2, 20]),
  shape("Gompertz growth", "a*exp(-b*exp(-c*x))", [100, 8, 0.25], [0, 30]),
  shape("a logarithm", "a + b*log(x + c)", [2, 3, 5], [0, 50]),
  shape("an exponential without linear parameters", "exp(a + b*x)", [2, -0.05], [0, 60]),
];

export function sumOfSquares(model: Formula, p: ArrayLike<number>, x: Float64Array, y: Float64Array): number {
  const values = new Float64Array(y.length);
  model.evaluate(p, [x], values);
  return y.reduce((sum, value, i) => sum + (value - values[i]) ** 2, 0);
}
