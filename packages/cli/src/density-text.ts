/**
 * A spectral density in characters: one row for each bin of eigenvalues, its bar the logarithm of its share, so that
 * the few eigenvalues far from the rest show among the thousands near zero.
 */
import { digits } from "./format.ts";
import type { SpectrumView } from "./spectrum.ts";

/** Shares below this have no bar. */
const least = 1e-6;

export function densityText({ nodes, weights }: SpectrumView, rows = 16, width = 48): string {
  const [low, high] = [nodes[0], nodes[nodes.length - 1]];
  if (!(high > low)) return "";
  const shares = new Array<number>(rows).fill(0);
  nodes.forEach((node, i) => {
    shares[Math.min(rows - 1, Math.floor((rows * (node - low)) / (high - low)))] += weights[i];
  });
  const edge = (row: number) => digits(low + ((high - low) * row) / rows, 3).padStart(9);
  return shares
    .map((share, row) => {
      const length = share > least ? width * (1 - Math.log(share) / Math.log(least)) : 0;
      return `${edge(row)} to ${edge(row + 1)}  ${bar(length).padEnd(width)}  ${share > 0 ? digits(share, 2) : "0"}`;
    })
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Eighths of a character. */
function bar(length: number): string {
  const eighths = Math.round(8 * length);
  return "█".repeat(Math.floor(eighths / 8)) + " ▏▎▍▌▋▊▉"[eighths % 8].trim();
}
