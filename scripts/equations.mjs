/**
 * The pictures of docs/equations.md: node scripts/equations.mjs [fisher] [burgers] [helmholtz]. Needs what is built.
 *
 * Each solves an equation of the page or of examples/ and draws its solution, with the exact one dashed.
 */
import { writeFileSync } from "node:fs";
import { gaussNewton } from "quadric";
import { coordinates, derivative, equation, laplacian, network, periodic, points, solve } from "quadric/equations";
import { onnx } from "quadric/node";
import { linesPicture } from "../packages/cli/dist/charts/lines-picture.js";
import { standaloneInBothColours } from "../packages/cli/dist/charts/pictures.js";
import { coleHopf } from "../packages/lab/bench/equations/shared/cole-hopf.mjs";

const options = { method: gaussNewton(), backend: onnx() };
const spread = (low, high, n) => Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1));
const file = (name) => new URL(`../docs/equations-${name}.svg`, import.meta.url);

/** Curves over one axis, in colours of their own or one colour for two that belong together. */
function draw(name, labels, curves) {
  const series = curves.map(({ label, x, y, colour, dashed }) => {
    const none = x.map(() => Number.NaN);
    const curve = { x, y: [...y], low: none, high: none };
    return { label, curve, stroke: `var(--series-${colour})`, strokeDasharray: dashed && "4 4" };
  });
  writeFileSync(file(name), standaloneInBothColours(linesPicture({ name, ...labels, series })));
}

const pictures = {
  async fisher() {
    const [x, t] = coordinates("x", "t");
    const u = network([x, t], [20, 20]);
    const domain = { x: [0, 1], t: [0, 1] };
    const solution = await solve(
      [
        { residual: equation("u_t = 0.02*u_xx + 5*u*(1 - u)", { u, x, t }), on: points.sobol(domain, 500) },
        { residual: equation("u = exp(-50*x^2)", { u, x }), on: points.grid({ x: [0, 1], t: 0 }, 50) },
        { residual: derivative(u, x), on: points.boundary(domain, 50, { of: ["x"] }) },
      ],
      { ...options, maxIterations: 60 },
    );
    console.log("fisher", solution.value, solution.iterations);
    const at = spread(0, 1, 101);
    const curves = spread(0, 1, 5).map(async (time, k) => {
      const y = await solution.evaluate(u, { x: at, t: at.map(() => time) });
      return { label: `t = ${time}`, x: at, y, colour: k };
    });
    draw("fisher", { title: "A population spreads", x: "x", y: "u" }, await Promise.all(curves));
  },

  async burgers() {
    const [x, t] = coordinates("x", "t");
    const n = network([t, ...periodic(x, 2)], [20, 20]);
    const u = equation("t*n - sin(pi*x)", { n, x, t });
    const on = points.sobol({ x: [-1, 1], t: [0, 1] }, 2000);
    const residual = equation("u_t + u*u_x = 0.01/pi*u_xx", { u, x, t });
    const solution = await solve([{ residual, on }], {
      ...options,
      maxIterations: 80,
      redraw: { every: 20, adaptive: true },
    });
    console.log("burgers", solution.value, solution.iterations);
    const at = spread(-1, 1, 401);
    const exact = coleHopf(0.01 / Math.PI);
    const curves = [0, 0.25, 1].map(async (time, k) => [
      { label: `t = ${time}`, x: at, y: await solution.evaluate(u, { x: at, t: at.map(() => time) }), colour: k },
      { label: `exact, ${time}`, x: at, y: at.map((x) => exact({ x, t: time })), colour: 6, dashed: true },
    ]);
    draw("burgers", { title: "A wave steepens", x: "x", y: "u" }, (await Promise.all(curves)).flat());
  },

  async helmholtz() {
    const [x, y] = coordinates("x", "y");
    const u = network([...periodic(x, 2), ...periodic(y, 2)], [16, 16]);
    const exact = x
      .mul(Math.PI)
      .sin()
      .mul(y.mul(4 * Math.PI).sin());
    const square = { x: [-1, 1], y: [-1, 1] };
    const residual = laplacian(u, [x, y])
      .add(u)
      .sub(exact.mul(1 - 17 * Math.PI ** 2));
    const solution = await solve([{ residual, on: points.sobol(square, 500) }], { ...options, maxIterations: 50 });
    const side = 33;
    const grid = points.grid(square, side);
    const values = await solution.evaluate(u, grid);
    const errors = await solution.evaluate(u.sub(exact), grid);
    const worst = Math.max(...errors.map(Math.abs));
    console.log("helmholtz", solution.value, solution.iterations, worst);
    const panel = (title, numbers, largest, left) => {
      const cell = 320 / side;
      const cells = [...numbers].map((v, i) => {
        const [column, row] = [Math.floor(i / side), i % side];
        const [px, py] = [left + column * cell, 350 - (row + 1) * cell].map((p) => p.toFixed(1));
        return `<rect x="${px}" y="${py}" width="9.8" height="9.8" fill="${colour(v / largest)}"/>`;
      });
      return `<text x="${left}" y="20" font-family="system-ui, sans-serif" font-size="15" font-weight="600" fill="#1b1f24">${title}</text>${cells.join("")}`;
    };
    const body =
      panel("u, from −1 to 1", values, 1, 16) +
      panel(`its error, at most ${worst.toExponential(0)}`, errors, worst, 368);
    const head = '<svg xmlns="http://www.w3.org/2000/svg" width="704" height="366" viewBox="0 0 704 366" role="img">';
    const about =
      "<title>Solution of Helmholtz's equation and its error</title><desc>Both on a square; blue is negative, orange positive.</desc>";
    writeFileSync(file("helmholtz"), `${head}${about}<rect width="100%" height="100%" fill="#ffffff"/>${body}</svg>\n`);
  },
};

/** Blue below 0, orange above, white at 0. */
function colour(v) {
  const share = Math.min(1, Math.abs(v));
  const end = v < 0 ? [0, 103, 165] : [184, 67, 0];
  return `#${end
    .map((c) =>
      Math.round(255 + (c - 255) * share)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

const [...asked] = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(pictures)) await pictures[name]();
