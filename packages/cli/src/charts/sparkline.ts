/** A curve in one line of characters. */

const levels = "▁▂▃▄▅▆▇█";

/**
 * At most `width` characters, each the last of as many values, from the least (▁) to the largest (█).
 *
 * @example
 * sparkline([8, 4, 2, 1], 4); // => "█▄▂▁"
 */
export function sparkline(values: readonly number[], width: number): string {
  const present = values.filter(Number.isFinite);
  const count = Math.min(width, present.length);
  const shown = Array.from({ length: count }, (_, k) => present[Math.ceil(((k + 1) * present.length) / count) - 1]);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  return shown.map((value) => levels[high > low ? Math.round((7 * (value - low)) / (high - low)) : 0]).join("");
}
