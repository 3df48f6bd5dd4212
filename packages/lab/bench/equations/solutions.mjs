/**
 * What the default method finds: u and the decades of |u − u*| of every problem on one sheet.
 *
 *   node packages/lab/bench/equations/solutions.mjs --from FOLDER [--out docs/equations-solutions.svg]
 *
 * FOLDER is that of `run.mjs --methods auto --fields FOLDER`. The first coordinate goes to the right, the second up; of five, the
 * others are at 0.5.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { encodeGreyPng } from "../../../cli/dist/charts/png.js";
import { titles } from "./shared/looks.mjs";

const { values: options } = parseArgs({
  options: { from: { type: "string" }, out: { type: "string", default: "docs/equations-solutions.svg" } },
});
if (!options.from) throw new RangeError("solutions: --from must name the folder of run.mjs --fields.");

const [side, gap, columns, left, top] = [108, 10, 4, 12, 84];
const [width, height] = [2 * side + 3 * gap, side + 44];
const [least, most] = [-10, 0];

/** A picture of values in [0, 1] whose rows go up. */
function image(values, size, at, filter) {
  const pixels = new Uint8Array(size * size);
  values.forEach((value, i) => {
    const [across, up] = [Math.floor(i / size), i % size];
    pixels[(size - 1 - up) * size + across] = Math.round(255 * Math.min(1, Math.max(0, value)));
  });
  const data = Buffer.from(encodeGreyPng(size, size, pixels)).toString("base64");
  return `<image x="${at}" width="${side}" height="${side}" preserveAspectRatio="none" filter="url(#${filter})" href="data:image/png;base64,${data}"/>`;
}

function panel([name, title], index) {
  const { size, axes, solution, error } = JSON.parse(readFileSync(join(options.from, `${name}.json`), "utf8"));
  const largest = (list) => list.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  const scale = largest(solution);
  const signed = solution.map((x) => (x / scale + 1) / 2);
  const decades = error.map((x) => (Math.log10(Math.abs(x) + 1e-300) - least) / (most - least));
  const place = [left + (index % columns) * width, top + Math.floor(index / columns) * height];
  return `<g transform="translate(${place})"><text y="-8" font-size="11">${title}</text>
${image(signed, size, 0, "signed")}${image(decades, size, side + gap, "decades")}
<text y="${side + 12}">u(${axes}), to ±${Number(scale.toPrecision(2))}</text><text x="${side + gap}" y="${side + 12}">error, at most ${largest(error).toExponential(0)}</text></g>`;
}

/** A table of colours as a filter of grey. */
function filter(name, colours) {
  const channel = (k) =>
    colours.map((colour) => (Number.parseInt(colour.slice(2 * k, 2 * k + 2), 16) / 255).toFixed(3)).join(" ");
  const tables = ["R", "G", "B"].map((letter, k) => `<feFunc${letter} type="table" tableValues="${channel(k)}"/>`);
  return `<filter id="${name}" color-interpolation-filters="sRGB" x="0" y="0" width="1" height="1"><feComponentTransfer>${tables.join("")}</feComponentTransfer></filter>`;
}

const errorColours = ["ffffff", "e3eef9", "b9d5ee", "7fb2dd", "4b8ac4", "2f5fa0", "273c75", "1b1f4b"];
const shown = Object.entries(titles).filter(([name]) => existsSync(join(options.from, `${name}.json`)));
const size = [left + columns * width, top + Math.ceil(shown.length / columns) * height];
const legend = errorColours.map(
  (colour, k) =>
    `<rect x="${250 + 26 * k}" y="34" width="26" height="10" fill="#${colour}" stroke="#ccc" stroke-width="0.5"/>`,
);
writeFileSync(
  options.out,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.join(" ")}" font-family="DejaVu Sans, sans-serif" font-size="9">
<defs>${filter("signed", ["2a6fbb", "9cc3e6", "ffffff", "f4b184", "c8571b"])}${filter("decades", errorColours)}</defs>
<rect width="100%" height="100%" fill="white"/>
<text x="${left}" y="20" font-size="13">Solutions by the default method, and the size of their errors: 10⁻¹⁰ white, 1 dark</text>
<text x="${left}" y="43">u: blue is negative, orange positive</text><text x="216" y="43">10⁻¹⁰</text>${legend.join("")}<text x="464" y="43">1</text>
${shown.map(panel).join("\n")}
</svg>
`,
);
