/**
 * The discrete Fourier transform of the last axis as products with matrices, which engines multiply faster than they
 * transform the sizes that losses have:
 *
 *   X_k = Σ_j x_j wⁿ(jk),   wⁿ(m) = exp(∓2πi m/n)
 *   n = pq:   X_{d+pe} = Σ_c wᵠ(ce)·wⁿ(cd)·Σ_a wᵖ(ad)·x_{aq+c}
 *
 * Sizes up to `direct` are one product, others a product of two sizes.
 * Cost: 4n multiply-adds a factor and row; half of that if x is real. Reference: [CooleyTukey1965].
 */
import { UnsupportedPrimitiveError } from "../../../errors.ts";
import type { Builder } from "../builder.ts";
import { elementCount, type Node } from "../graph.ts";

interface Complex {
  readonly real: Node;
  readonly imaginary: Node;
}

/** Sizes that are not cut. */
const direct = 64;

/** Prime factors up to here: a matrix of 8 MB in float64. */
const largestPrime = 1024;

const tables = new WeakMap<Builder, Map<string, Node>>();

/** cos or sin of 2π·jk/n for j < rows, k < columns. */
function table(
  b: Builder,
  name: "cos" | "sin",
  n: number,
  shape: readonly [number, number],
  dtype: Node["dtype"],
): Node {
  const known = tables.get(b) ?? new Map<string, Node>();
  tables.set(b, known);
  const key = `${name} ${n} ${shape} ${dtype}`;
  const found = known.get(key);
  if (found) return found;
  const [rows, columns] = shape;
  const data = new (dtype === "float64" ? Float64Array : Float32Array)(rows * columns);
  for (let j = 0; j < rows; j++) {
    for (let k = 0; k < columns; k++) data[j * columns + k] = Math[name]((2 * Math.PI * ((j * k) % n)) / n);
  }
  const node = b.constant(data, shape, dtype);
  known.set(key, node);
  return node;
}

/** (real + i·imaginary)·(cos + i·sign·sin) with a product of nodes. */
function times(b: Builder, x: Complex, product: typeof b.mul, [cos, sin]: readonly Node[], sign: number): Complex {
  const [rc, is] = [product(x.real, cos), product(x.imaginary, sin)];
  const [ic, rs] = [product(x.imaginary, cos), product(x.real, sin)];
  return { real: b.add(rc, b.scale(is, -sign)), imaginary: b.add(ic, b.scale(rs, sign)) };
}

/** Of the rows of [rows, n]. */
function transformRows(b: Builder, x: Complex, sign: number): Complex {
  const [rows, n] = x.real.shape;
  const { dtype } = x.real;
  const tablesOf = (size: number, shape: readonly [number, number]) => [
    table(b, "cos", size, shape, dtype),
    table(b, "sin", size, shape, dtype),
  ];
  const both = (value: Complex, f: (part: Node) => Node): Complex => ({
    real: f(value.real),
    imaginary: f(value.imaginary),
  });
  const p = firstFactor(n);
  if (p === n) return times(b, x, (part, matrix) => b.matmul(part, matrix), tablesOf(n, [n, n]), sign);
  const q = n / p;
  const swapped = (part: Node, shape: readonly number[]) => b.transpose(b.reshape(part, shape), [0, 2, 1]);
  const columns = both(x, (part) => b.reshape(swapped(part, [rows, p, q]), [rows * q, p]));
  const inner = both(transformRows(b, columns, sign), (part) => b.reshape(part, [rows, q, p]));
  const turned = times(b, inner, b.mul, tablesOf(n, [q, p]), sign);
  const outer = both(turned, (part) => b.reshape(swapped(part, [rows, q, p]), [rows * p, q]));
  return both(transformRows(b, outer, sign), (part) => b.reshape(swapped(part, [rows, p, q]), [rows, n]));
}

/** n if it is transformed at once, else its divisor next to √n from below; 1 never. */
function firstFactor(n: number): number {
  if (n <= direct) return n;
  for (let p = Math.min(direct, Math.floor(Math.sqrt(n))); p > 1; p--) if (n % p === 0) return p;
  if (n <= largestPrime) return n;
  throw new UnsupportedPrimitiveError(
    `compileObjective: the length of an fft must have prime factors up to ${largestPrime}, got one of ${n}. Pad the axis with ` +
      "zeros, or choose a length that is a product of 2, 3 and 5.",
    "fft",
  );
}

/** The transform, or its inverse with the factor 1/n. */
export function fourier(b: Builder, real: Node, imaginary: Node, inverse: boolean): [Node, Node] {
  const { shape } = real;
  const n = shape.at(-1)!;
  const flat = [elementCount(shape) / n, n];
  const x = { real: b.reshape(real, flat), imaginary: b.reshape(imaginary, flat) };
  const result = transformRows(b, x, inverse ? 1 : -1);
  const part = (value: Node) => b.scale(b.reshape(value, shape), inverse ? 1 / n : 1);
  return [part(result.real), part(result.imaginary)];
}
