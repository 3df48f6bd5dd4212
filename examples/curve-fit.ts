/**
 * Fits y = a·exp(−b·x) + c to noisy measurements by nonlinear least squares, in float64: no learning rate, no
 * derivatives to write.
 */
import { numpy as np } from "@jax-js/jax";
import { minimizeLeastSquares } from "quadric";
import { onnx } from "quadric/node";

const truth = { a: 2.5, b: 1.3, c: 0.5 };
const xs = Float64Array.from({ length: 40 }, (_, i) => i / 10);
const noise = (i: number) => 0.01 * Math.sin(12.9898 * (i + 1) ** 2);
const ys = xs.map((x, i) => truth.a * Math.exp(-truth.b * x) + truth.c + noise(i));

const x = np.array(xs);
const y = np.array(ys);
const start = { a: np.array(1), b: np.array(0.1), c: np.array(0) };

const residuals = ({ a, b, c }: typeof start) =>
  a
    .mul(np.exp(b.neg().mul(x.ref)))
    .add(c)
    .sub(y.ref);

const { x: fitted, value, status, iterations } = await minimizeLeastSquares(residuals, start, { backend: onnx() });
const [a, b, c] = [fitted.a, fitted.b, fitted.c].map((p) => p.item().toFixed(3));
console.log(`a = ${a}, b = ${b}, c = ${c}; ½‖r‖² = ${value.toExponential(2)}; ${status} after ${iterations} steps`);
