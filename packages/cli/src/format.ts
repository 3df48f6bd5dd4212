/** Numbers as people read them. */

/** A number to so many significant digits, without an exponent from 0.001 to a million. */
export function digits(x: number, significant: number): string {
  if (!Number.isFinite(x) || x === 0) return String(x);
  const isPlain = Math.abs(x) >= 1e-3 && Math.abs(x) < 1e6;
  if (!isPlain) return x.toExponential(significant - 1);
  const text = x.toPrecision(significant);
  return text.includes("e") ? String(Number(text)) : text;
}

/** A large number in few characters. */
export function count(x: number): string {
  if (x >= 1e6) return `${(x / 1e6).toFixed(1)}M`;
  return x >= 1e4 ? `${(x / 1e3).toFixed(0)}k` : x.toFixed(0);
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A cell of a CSV file. */
export const quoted = (cell: string): string => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
