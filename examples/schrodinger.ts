/**
 * The nonlinear Schrödinger equation iψ_t + ψ_xx/2 + |ψ|²ψ = 0 from ψ(x, 0) = 2 sech x, periodic on [−5, 5]: a soliton that breathes, and
 * after π/4 is 4 high.
 *
 * ψ = p + iq: two outputs of one network, and the real and imaginary parts of the equation.
 */
import { gaussNewton } from "quadric";
import { coordinates, equation, network, periodic, points, solve } from "quadric/equations";
import { onnx } from "quadric/node";

const [x, t] = coordinates("x", "t");
const [m, n] = network([t, ...periodic(x, 10, 2)], [16, 16], { outputs: 2 });
const p = equation("2/cosh(x) + t*m", { m, x, t });
const q = t.mul(n);

const solution = await solve(
  [
    {
      residual: [
        equation("p_t + q_xx/2 + (p^2 + q^2)*q", { p, q, x, t }),
        equation("q_t - p_xx/2 - (p^2 + q^2)*p", { p, q, x, t }),
      ],
      on: points.sobol({ x: [-5, 5], t: [0, Math.PI / 4] }, 400),
    },
  ],
  { method: gaussNewton(), backend: onnx(), maxIterations: 100 },
);
const [height] = await solution.evaluate(p.square().add(q.square()).sqrt(), { x: [0], t: [Math.PI / 4] });
console.log(`loss ${solution.value.toExponential(1)}, |ψ(0, π/4)| = ${height.toFixed(3)}, exactly 4`);
