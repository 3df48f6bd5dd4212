/**
 * An inverse problem: how fast heat spreads, and how much of it is lost on the way, from 40 noisy temperatures.
 *
 *   u_t = κ·u_xx − σ·u,   κ = 0.1 and σ = 0.5 made the data
 */
import { gaussNewton } from "quadric";
import { coordinates, equation, network, points, solve, unknown } from "quadric/equations";
import { onnx } from "quadric/node";

const [x, t, measured] = coordinates("x", "t", "measured");
const u = network([x, t], [12, 12]);
const [kappa, sigma] = [unknown(1), unknown(0)];

/** A wave of the start with what is left of it. */
const mode = (k: number, x: number, t: number) =>
  Math.exp(-(0.1 * (k * Math.PI) ** 2 + 0.5) * t) * Math.sin(k * Math.PI * x);

// Temperatures at 8 places and 5 times, with an error of about 0.01.
const places = Array.from({ length: 40 }, (_, i) => ({ x: ((i % 8) + 0.5) / 8, t: Math.floor(i / 8) / 4 }));
const temperatures = places.map(({ x, t }, i) => mode(1, x, t) + mode(2, x, t) + 0.01 * Math.sin(37 * i * i));
const data = { x: places.map(({ x }) => x), t: places.map(({ t }) => t), measured: temperatures };
const domain = { x: [0, 1], t: [0, 1] } as const;

const solution = await solve(
  [
    { residual: equation("u_t = kappa*u_xx - sigma*u", { u, x, t, kappa, sigma }), on: points.sobol(domain, 200) },
    { residual: u, on: points.boundary(domain, 40, { of: ["x"] }) },
    { residual: equation("u - sin(pi*x) - sin(2*pi*x)", { u: u.at({ t: 0 }), x }), on: points.grid({ x: [0, 1] }, 20) },
    { residual: u.sub(measured), on: points.at(data), weight: 10 },
  ],
  { method: gaussNewton(), backend: onnx(), maxIterations: 50 },
);
console.log(
  `κ = ${solution.valueOf(kappa).toFixed(4)}, σ = ${solution.valueOf(sigma).toFixed(3)} after ${solution.iterations} steps`,
);
