/**
 * The results of tfjs.mjs as a picture: how many times sooner fitTfjs has Adam's best loss, a bar for each kind, on a
 * logarithmic axis.
 *
 *   node bench/tfjs-figure.mjs bench/results/tfjs.json docs/tfjs-speed-up.svg
 */
import { readFileSync, writeFileSync } from "node:fs";

const [source, target] = process.argv.slice(2);
const { results, seconds, mean } = JSON.parse(readFileSync(source, "utf8"));
const bars = results.map(({ kind, ratio, adamMs }) => ({ kind, times: 1 / (ratio ?? (1000 * seconds) / adamMs) }));
bars.sort((a, b) => b.times - a.times);

const [left, top, row, width] = [120, 46, 15, 520];
const most = 10 ** Math.ceil(Math.log10(Math.max(...bars.map(({ times }) => times))));
const x = (times) => left + (width * Math.log(times)) / Math.log(most);
const height = top + row * bars.length + 30;
const ticks = [1, 2, 5, 10, 20, 50, 100, 200, 500].filter((tick) => tick <= most);
const bottom = top + row * bars.length;

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 40} ${height}" font-family="DejaVu Sans, sans-serif" font-size="11">
<rect width="100%" height="100%" fill="white"/>
<text x="8" y="18" font-size="13">Speed-up of fitTfjs over Adam (higher is better), geometric mean ${(1 / mean).toFixed(0)}</text>
<text x="8" y="34" fill="#555">processor time to the best loss that Adam finds in ${seconds} s, at the better of two learning rates</text>
${ticks.map((tick) => `<line x1="${x(tick)}" x2="${x(tick)}" y1="${top}" y2="${bottom}" stroke="#ddd"/><text x="${x(tick)}" y="${bottom + 16}" text-anchor="middle">${tick}</text>`).join("\n")}
${bars
  .map(({ kind, times }, i) => {
    const y = top + row * i;
    return `<text x="${left - 6}" y="${y + 11}" text-anchor="end">${kind}</text><rect x="${left}" y="${y + 2}" width="${(x(times) - left).toFixed(1)}" height="${row - 4}" fill="#4269d0"/>`;
  })
  .join("\n")}
</svg>
`;
writeFileSync(target, svg);
