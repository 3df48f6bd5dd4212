/**
 * An eigenvalue problem: −ψ″/2 + x²ψ/2 = Eψ, the quantum oscillator, whose least energy is ½ with ψ = π^(−¼) e^(−x²/2).
 *
 * ψ = 0 solves the equation, too. The norm ∫ψ² = 1 keeps the run away from it: a second network is its integral from the left.
 */
import { gaussNewton } from "quadric";
import { coordinates, derivative, equation, network, points, solve, unknown } from "quadric/equations";
import { onnx } from "quadric/node";

const [x] = coordinates("x");
// The ground state is the one without a zero between the ends, where 25 − x² makes it 0.
const n = network([x.square().div(9)], [12]);
const psi = equation("(1 - x^2/25)*exp(n)", { n, x });
const norm = network([x], [12]);
const energy = unknown(1);
const line = points.grid({ x: [-5, 5] }, 100);

const solution = await solve(
  [
    { residual: equation("-psi_xx/2 + x^2*psi/2 = energy*psi", { psi, x, energy }), on: line },
    { residual: derivative(norm, x).sub(psi.square()), on: line },
    { residual: [norm.at({ x: -5 }), norm.at({ x: 5 }).sub(1)], on: points.at({ x: [0] }) },
  ],
  { method: gaussNewton(), backend: onnx(), maxIterations: 60 },
);
const [middle] = await solution.evaluate(psi, { x: [0] });
console.log(
  `energy ${solution.valueOf(energy).toFixed(6)}, ψ(0) = ±${Math.abs(middle).toFixed(4)}, exactly 0.5 and ${(Math.PI ** -0.25).toFixed(4)}`,
);
