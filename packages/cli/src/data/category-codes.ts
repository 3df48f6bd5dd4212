/**
 * A category of many levels as a few numbers: what the target is where a level is met, and how often it is met.
 *
 *   c_l = (n_l·ȳ_l + m·ȳ)/(n_l + m),   m = within/between,   and   ln(1 + n_l)
 *
 * y is the standardized target. For classes there is a c for each, with y = 1 in its rows and 0 in others. `within` and
 * `between` are the variances of y inside and between levels by the method of moments. A level of few rows says little. The code of a training row comes from the four fifths of the rows that it is not in: with its own target in
 * it, it would promise more than later rows keep.
 * References: [MicciBarreca2001].
 */
import { standardization } from "quadric/data";
import { makeDraws } from "../statistics.ts";

/** Parts that a training row's code leaves out its own of. */
const parts = 5;

export interface CategoryCodes {
  /** Features of each place, [places][features]. */
  readonly codes: readonly (readonly number[])[];
  /** Features of each training row, [n · features], from the rows of the other parts. */
  readonly training: Float64Array;
}

/**
 * @param places - of each training row, the place of its level, 0 to count − 1.
 * @param count - of places; one that no row has gets ȳ, as a level never met does.
 * @param ys - what the codes are means of, [means][n].
 */
export function fitCodes(places: Int32Array, count: number, ys: readonly Float64Array[]): CategoryCodes {
  const n = places.length;
  const width = ys.length + 1;
  const part = partsOf(n);
  const training = new Float64Array(n * width);
  for (let p = 0; p < parts; p++) {
    const outside = codesOf(places, count, ys, (row) => part[row] !== p);
    for (let row = 0; row < n; row++) {
      if (part[row] !== p) continue;
      training.set(outside.subarray(places[row] * width, (places[row] + 1) * width), row * width);
    }
  }
  const all = codesOf(places, count, ys, () => true);
  const codes = Array.from({ length: count }, (_, place) =>
    Array.from(all.subarray(place * width, (place + 1) * width)),
  );
  for (let k = 0; k < width; k++) {
    const column = Float64Array.from({ length: n }, (_, row) => training[row * width + k]);
    const scale = standardization.fit(column);
    const z = (x: number) => (scale ? standardization.apply(scale, x) : 0);
    for (let row = 0; row < n; row++) training[row * width + k] = z(training[row * width + k]);
    // Six digits: a file of thousands of levels stays small, and reads back as the same numbers.
    for (const code of codes) code[k] = Number(z(code[k]).toPrecision(6));
  }
  return { codes, training };
}

/** Parts of the same size, at random. */
function partsOf(n: number): Uint8Array {
  const draw = makeDraws(n);
  const part = Uint8Array.from({ length: n }, (_, i) => i % parts);
  for (let i = n - 1; i > 0; i--) {
    const j = draw(i + 1);
    [part[i], part[j]] = [part[j], part[i]];
  }
  return part;
}

/** Shrunk means and ln(1 + n_l) of each place, [places · features], over the rows that count; n_l is scaled to all rows. */
function codesOf(
  places: Int32Array,
  count: number,
  ys: readonly Float64Array[],
  counts: (row: number) => boolean,
): Float64Array {
  const width = ys.length + 1;
  const rows = Array.from(places.keys()).filter(counts);
  const sizes = new Float64Array(count);
  for (const row of rows) sizes[places[row]]++;
  const codes = new Float64Array(count * width);
  ys.forEach((y, k) => {
    const sums = new Float64Array(count);
    let mean = 0;
    for (const row of rows) {
      sums[places[row]] += y[row];
      mean += y[row] / rows.length;
    }
    const m = shrinkage(rows, places, y, { sizes, sums, mean });
    for (let place = 0; place < count; place++) {
      codes[place * width + k] = m === Infinity ? mean : (sums[place] + m * mean) / (sizes[place] + m);
    }
  });
  const scale = places.length / rows.length;
  for (let place = 0; place < count; place++) codes[place * width + ys.length] = Math.log1p(sizes[place] * scale);
  return codes;
}

interface Levels {
  readonly sizes: Float64Array;
  readonly sums: Float64Array;
  readonly mean: number;
}

/** The least rows that a level is drawn to the mean by, where all of its rows agree. */
const leastShrinkage = 0.1;

/** within/between: E between = (Σ n_l(ȳ_l − ȳ)² − (L − 1)·within)/(n − Σ n_l²/n); Infinity if levels do not differ. */
function shrinkage(
  rows: readonly number[],
  places: Int32Array,
  y: Float64Array,
  { sizes, sums, mean }: Levels,
): number {
  let [met, squares, inside, across] = [0, 0, 0, 0];
  for (let place = 0; place < sizes.length; place++) {
    if (sizes[place] === 0) continue;
    met++;
    squares += sizes[place] ** 2;
    across += sizes[place] * (sums[place] / sizes[place] - mean) ** 2;
  }
  for (const row of rows) inside += (y[row] - sums[places[row]] / sizes[places[row]]) ** 2;
  const n = rows.length;
  const within = n > met ? inside / (n - met) : across / Math.max(1, met - 1);
  const between = (across - (met - 1) * within) / (n - squares / n);
  return between > 0 ? Math.max(within / between, leastShrinkage) : Infinity;
}
