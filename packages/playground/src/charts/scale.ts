/** Scales from data to pixels, and where their ticks go. */

export interface Scale {
  (value: number): number;
  readonly ticks: readonly number[];
  /** Equal for scales that are equal. */
  readonly key: string;
}

export interface Axis {
  readonly label: string;
  readonly log?: boolean;
  /** Whether what is counted comes in ones. */
  readonly whole?: boolean;
  /** Least and largest value shown; defaults to those of the data. */
  readonly domain?: readonly [number, number];
}

/**
 * @param data - Asked for if the axis has no domain.
 * @param range - pixels of the domain's two ends.
 */
export function makeScale(
  axis: Axis,
  data: () => Iterable<number>,
  range: readonly [number, number],
  count: number,
): Scale {
  const [low, high] = axis.domain ?? extent(data(), axis.log ?? false);
  const [start, end] = axis.log ? [Math.log10(low), Math.log10(high)] : [low, high];
  const span = end - start || 1;
  const scale = (value: number): number => {
    const t = ((axis.log ? Math.log10(value) : value) - start) / span;
    return range[0] + (range[1] - range[0]) * Math.min(1.5, Math.max(-0.5, t));
  };
  return Object.assign(scale, {
    ticks: axis.log ? logTicks(start, end, count) : evenTicks(start, end, count, axis.whole ? 1 : 0),
    key: [low, high, ...range, axis.log].join(),
  });
}

function extent(values: Iterable<number>, log: boolean): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  if (low < high) return [low, high];
  return log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
}

/** 1, 2 or 5 times a power of ten apart, at most about `count` of them. */
function evenTicks(start: number, end: number, count: number, least = 0): number[] {
  const raw = Math.max(least, (end - start) / count) || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const ticksOf = (step: number): number[] => {
    const ticks: number[] = [];
    for (let k = Math.ceil(start / step - 1e-9); k * step <= end + 1e-9 * step; k++) ticks.push(k * step);
    return ticks;
  };
  const steps = [1, 2, 5, 10].map((factor) => factor * power);
  const next = steps.findIndex((step) => step >= raw);
  const ticks = ticksOf(steps[next]);
  // One tick says little: then as many as the step below has.
  return ticks.length < 2 && next > 0 && steps[next - 1] >= least ? ticksOf(steps[next - 1]) : ticks;
}

/** Powers of ten; where fewer than two lie between the ends also their twos and fives, or else even steps. */
function logTicks(start: number, end: number, count: number): number[] {
  const every = Math.max(1, Math.ceil((end - start) / count));
  const powers: number[] = [];
  for (let e = Math.floor(start); e <= end + 1e-9; e++) if (e % every === 0) powers.push(10 ** e);
  const [low, high] = [10 ** (start - 1e-9), 10 ** (end + 1e-9)];
  const within = (factors: readonly number[]) =>
    powers.flatMap((power) => factors.map((factor) => factor * power)).filter((tick) => tick >= low && tick <= high);
  const candidates = [within([1]), within([1, 2, 5]), evenTicks(low, high, count)];
  return candidates.find(({ length }) => length >= 2) ?? candidates[2];
}

/** A number as a person would write it: up to three digits, powers of ten beyond 10⁻³ and 10⁵. */
export function show(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "none";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(3))).replace("-", "−");
  const exponent = Math.floor(Math.log10(size));
  const mantissa = Number((value / 10 ** exponent).toPrecision(2));
  const power = `10${String(exponent).replace(/[-\d]/g, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)] ?? "⁻")}`;
  return mantissa === 1 ? power : `${String(mantissa).replace("-", "−")}·${power}`;
}
