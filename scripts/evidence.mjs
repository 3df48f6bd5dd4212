/** Draws docs/evidence.svg: a curve fitted by evidence with its 90 % interval, after `npm run build`. */
import { writeFileSync } from "node:fs";
import { bayesianMlp } from "quadric/models";

const truth = (x) => Math.sin(1.5 * x) + 0.3 * x;
/** Repeatable numbers: the generator of Park and Miller. */
let state = 20;
const uniform = () => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
const n = 60;
// Two clouds of points, nothing between them.
const x = Float64Array.from({ length: n }, (_, i) => (i < n / 2 ? -3 + 2.2 * uniform() : 0.8 + 2.2 * uniform()));
const y = x.map((v) => truth(v) + 0.2 * normal());

const model = await bayesianMlp(
  { x: { shape: [n, 1], data: x }, y: { shape: [n], data: y } },
  { loss: "squared-error" },
);
const grid = Float64Array.from({ length: 241 }, (_, i) => -4 + i / 30);
const { outputs, deviations } = model.predict({ shape: [grid.length, 1], data: grid });
const half = deviations.map((s) => model.interval(0.9) * s);
console.log(model.because, "noise", model.noise);

const [width, height] = [640, 340];
const px = (v) => (40 + ((v + 4) / 8) * (width - 60)).toFixed(1);
const py = (v) => (height - 30 - ((v + 3) / 6) * (height - 50)).toFixed(1);
const path = (xs, ys) => xs.reduce((d, v, i) => `${d}${i ? "L" : "M"}${px(v)} ${py(ys[i])}`, "");
const upper = outputs.data.map((m, i) => m + half[i]);
const lower = outputs.data.map((m, i) => m - half[i]);
const backwards = [...grid].reverse();
const band = `${path([...grid], upper)}${path(backwards, [...lower].reverse()).replace("M", "L")}Z`;
const text = (at, top, words, anchor = "start") =>
  `<text x="${at}" y="${top}" font-family="system-ui, sans-serif" font-size="13" fill="#1b1f24" text-anchor="${anchor}">${words}</text>`;
const ticks = [-4, -2, 0, 2, 4].map((v) => text(px(v), height - 10, String(v).replace("-", "−"), "middle")).join("");
const levels = [-2, 0, 2].map((v) => text(32, Number(py(v)) + 4, String(v).replace("-", "−"), "end")).join("");
const dots = [...x].map((v, i) => `<circle cx="${px(v)}" cy="${py(y[i])}" r="2.6" fill="#1b1f24"/>`).join("");
const clip = `<clipPath id="c"><rect x="40" y="10" width="${width - 60}" height="${height - 40}"/></clipPath>`;
writeFileSync(
  new URL("../docs/evidence.svg", import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">` +
    "<title>A curve fitted by evidence with its 90 % interval</title><desc>The band is narrow where points are and wide between and beyond them.</desc>" +
    `<rect width="100%" height="100%" fill="#ffffff"/>${clip}<rect x="40" y="10" width="${width - 60}" height="${height - 40}" fill="none" stroke="#c6ccd2"/>` +
    `<g clip-path="url(#c)"><path d="${band}" fill="#0067a5" fill-opacity="0.18"/><path d="${path([...grid], grid.map(truth))}" fill="none" stroke="#b84300" stroke-width="1.5" stroke-dasharray="5 4"/>` +
    `<path d="${path([...grid], [...outputs.data])}" fill="none" stroke="#0067a5" stroke-width="2"/>${dots}</g>${ticks}${levels}` +
    `${text(52, 30, "fitted, with 90 % interval")}${text(52, 48, "dashed: the function that the points were drawn from")}</svg>\n`,
);
