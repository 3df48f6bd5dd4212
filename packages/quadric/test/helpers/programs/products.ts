/** Contractions: products of vectors and matrices, convolutions. */
import { isBool, isNumber, isSmall, list, type Operation, ofRank, statement } from "./draw.ts";
import type { Arithmetic, Jet } from "./jet.ts";
import { at, broadcast, cast, indicesOf, promoted, sizeOf, type Type, type Value } from "./values.ts";

/** Both in their common type. */
function together(a: Arithmetic, x: Value, y: Value): [Value, Value, Type] {
  const type = promoted(x, y);
  return [cast(a, x, type.kind), cast(a, y, type.kind), type];
}

function built(
  a: Arithmetic,
  type: Type,
  shape: readonly number[],
  terms: (index: number[]) => readonly (readonly [Jet, Jet])[],
): Value {
  const data = indicesOf(shape).map((index) => a.sum(terms(index).map(([p, q]) => a.mul(p, q))));
  return { ...type, shape, data };
}

const upTo = (n: number) => Array.from({ length: n }, (_, k) => k);

/** Sums over the last axis of x and the last but one of y, or its only one; other axes broadcast. */
function matmul(a: Arithmetic, x: Value, y: Value): Value {
  const [p, q, type] = together(a, x, y);
  const [isRow, isColumn] = [p.shape.length === 1, q.shape.length === 1];
  const [P, Q] = [isRow ? { ...p, shape: [1, ...p.shape] } : p, isColumn ? { ...q, shape: [...q.shape, 1] } : q];
  const [left, right] = [P.shape.slice(0, -2), Q.shape.slice(0, -2)];
  const outer = broadcast(left, right)!;
  const head = (index: number[], shape: readonly number[]) =>
    shape.map((n, i) => (n === 1 ? 0 : index[outer.length - shape.length + i]));
  const full = built(a, type, [...outer, P.shape.at(-2)!, Q.shape.at(-1)!], (index) => {
    const [i, j] = index.slice(-2);
    return upTo(P.shape.at(-1)!).map(
      (k) => [at(P, [...head(index, left), i, k]), at(Q, [...head(index, right), k, j])] as const,
    );
  });
  const shape = [...outer, ...(isRow ? [] : [full.shape.at(-2)!]), ...(isColumn ? [] : [full.shape.at(-1)!])];
  return { ...full, shape };
}

const matrixProduct: Operation = (d) => {
  const fits = d.chance(15) ? isNumber : ({ kind }: Value) => kind === "float";
  const x = d.operand(ofRank(1, fits));
  if (x === undefined) return undefined;
  const n = x.value.shape.at(-1)!;
  const y = d.operand((value) => {
    if (!ofRank(1, isNumber)(value) || (value.shape.at(-2) ?? value.shape[0]) !== n) return false;
    // jax-js takes the rows of a matrix for batches when the other has some.
    if (x.value.shape.length > 1 && value.shape.length > x.value.shape.length) return false;
    const outer = broadcast(x.value.shape.slice(0, -2), value.shape.slice(0, -2));
    return outer !== undefined && isSmall([...outer, x.value.shape.at(-2) ?? 1, value.shape.at(-1)!]);
  });
  return statement([x, y], (p, q) => `np.matmul(${p}, ${q})`, matmul);
};

const outer: Operation = (d) => {
  const x = d.operand(ofRank(1, isNumber, 1));
  const y = d.operand((value) => ofRank(1, isNumber, 1)(value) && isSmall([x?.value.shape[0] ?? 0, value.shape[0]]));
  return statement(
    [x, y],
    (p, q) => `np.outer(${p}, ${q})`,
    (a, x1, y1) => {
      const [p, q, type] = together(a, x1, y1);
      return built(a, type, [p.shape[0], q.shape[0]], ([i, j]) => [[p.data[i], q.data[j]]]);
    },
  );
};

/** Sums over the last axis of both. */
const inner: Operation = (d) => {
  const x = d.operand(ofRank(1, isNumber, 3));
  const y = d.operand(
    (value) =>
      ofRank(1, isNumber, 3)(value) &&
      value.shape.at(-1) === x?.value.shape.at(-1) &&
      isSmall([...(x?.value.shape ?? []).slice(0, -1), ...value.shape.slice(0, -1)]),
  );
  return statement(
    [x, y],
    (p, q) => `np.inner(${p}, ${q})`,
    (a, x1, y1) => {
      const [p, q, type] = together(a, x1, y1);
      const m = p.shape.length - 1;
      return built(a, type, [...p.shape.slice(0, -1), ...q.shape.slice(0, -1)], (index) =>
        upTo(p.shape.at(-1)!).map((k) => [at(p, [...index.slice(0, m), k]), at(q, [...index.slice(m), k])] as const),
      );
    },
  );
};

/** Sums over the last axis of x and the first of y. */
const tensordot: Operation = (d) => {
  const x = d.operand(ofRank(1));
  const y = d.operand(
    (value) =>
      ofRank(1)(value) &&
      value.shape[0] === x?.value.shape.at(-1) &&
      isSmall([...(x?.value.shape ?? []).slice(0, -1), ...value.shape.slice(1)]),
  );
  return statement(
    [x, y],
    (p, q) => `np.tensordot(${p}, ${q}, 1)`,
    (a, x1, y1) => {
      const [p, q, type] = together(a, x1, y1);
      const m = p.shape.length - 1;
      return built(a, type, [...p.shape.slice(0, -1), ...q.shape.slice(1)], (index) =>
        upTo(q.shape[0]).map((k) => [at(p, [...index.slice(0, m), k]), at(q, [k, ...index.slice(m)])] as const),
      );
    },
  );
};

const convolve: Operation = (d) => {
  const fits = (value: Value) => ofRank(1, isNumber, 1)(value) && value.data.length > 0;
  const x = d.operand(fits);
  const y = d.operand((value) => fits(value) && value.data.length <= (x?.value.data.length ?? 0));
  return statement(
    [x, y],
    (p, q) => `np.convolve(${p}, ${q})`,
    (a, x1, y1) => {
      const [p, q, type] = together(a, x1, y1);
      const [m, n] = [p.data.length, q.data.length];
      return built(a, type, [m + n - 1], ([i]) =>
        upTo(n)
          .filter((k) => i - k >= 0 && i - k < m)
          .map((k) => [p.data[i - k], q.data[k]] as const),
      );
    },
  );
};

interface Geometry {
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
  readonly groups: number;
}

const reach = (n: number, dilation: number) => (n === 0 ? 0 : (n - 1) * dilation + 1);

function convolvedShape(x: readonly number[], k: readonly number[], g: Geometry): number[] {
  const spatial = k.slice(2).map((n, i) => {
    const room = reach(x[i + 2], g.lhsDilation[i]) + g.padding[i][0] + g.padding[i][1] - reach(n, g.rhsDilation[i]);
    return room < 0 ? 0 : Math.floor(room / g.strides[i]) + 1;
  });
  return [x[0], k[0], ...spatial];
}

/** y[b, o, …i] = Σ x[b, c, (i·stride + j·dilation − padding)/lhs] k[o, c, …j] over the channels of o's group. */
function convolved(a: Arithmetic, x1: Value, k1: Value, g: Geometry): Value {
  const [x, k, type] = together(a, x1, k1);
  const [outputs, channels, ...window] = k.shape;
  const offsets = indicesOf(window);
  return built(a, type, convolvedShape(x.shape, k.shape, g), ([b, o, ...place]) => {
    const first = Math.floor(o / (outputs / g.groups)) * channels;
    return upTo(channels).flatMap((c) =>
      offsets.flatMap((offset) => {
        const far = place.map((i, s) => i * g.strides[s] + offset[s] * g.rhsDilation[s] - g.padding[s][0]);
        if (far.some((i, s) => i < 0 || i % g.lhsDilation[s] !== 0)) return [];
        const source = far.map((i, s) => i / g.lhsDilation[s]);
        if (source.some((i, s) => i >= x.shape[s + 2])) return [];
        return [[at(x, [b, first + c, ...source]), at(k, [o, c, ...offset])] as const];
      }),
    );
  });
}

/** A convolution of what has batch and channels first, or of what is given both. */
const convolution: Operation = (d) => {
  const isFull = ({ data }: Value) => data.length > 0;
  const x = d.operand((value) => ofRank(1, (v) => !isBool(v))(value) && isFull(value));
  const k = d.operand((value) => ofRank(1, (v) => !isBool(v))(value) && isFull(value) && value.data.length <= 12);
  if (x === undefined || k === undefined) return undefined;
  const axes = 1 + d.below(2);
  const images = shaped(x.value.shape, axes);
  const [, channels] = images;
  const groups = channels % 2 === 0 && d.chance(30) ? 2 : 1;
  const kernel = shaped(k.value.shape, axes);
  // The channels of the kernel have to be those of a group.
  const size = sizeOf(kernel);
  const fitted = [
    size / (channels / groups) / kernel.slice(2).reduce((p, n) => p * n, 1),
    channels / groups,
    ...kernel.slice(2),
  ];
  if (!Number.isInteger(fitted[0]) || fitted[0] % groups !== 0) return undefined;
  const g: Geometry = {
    strides: upTo(axes).map(() => 1 + d.below(2)),
    padding: upTo(axes).map(() => [d.below(3), d.below(2)] as const),
    lhsDilation: upTo(axes).map(() => (d.chance(20) ? 2 : 1)),
    rhsDilation: upTo(axes).map(() => (d.chance(20) ? 2 : 1)),
    groups,
  };
  const shape = convolvedShape(images, fitted, g);
  if (!isSmall(shape) || sizeOf(shape) === 0) return undefined;
  const padding = g.padding.map((p) => list(p)).join(", ");
  const options = [
    ...(g.lhsDilation.some((n) => n > 1) ? [`lhsDilation: ${list(g.lhsDilation)}`] : []),
    ...(g.rhsDilation.some((n) => n > 1) ? [`rhsDilation: ${list(g.rhsDilation)}`] : []),
    ...(groups > 1 ? [`featureGroupCount: ${groups}`] : []),
  ];
  const rest = options.length > 0 ? `, { ${options.join(", ")} }` : "";
  return statement(
    [x, k],
    (p, q) =>
      `lax.convGeneralDilated(${p}.reshape(${list(images)}), ${q}.reshape(${list(fitted)}), ${list(g.strides)}, [${padding}]${rest})`,
    (a, p, q) => convolved(a, { ...p, shape: images }, { ...q, shape: fitted }, g),
  );
};

/** A shape with so many spatial axes, batch and channels. */
function shaped(shape: readonly number[], axes: number): number[] {
  const rank = axes + 2;
  const missing = Math.max(0, rank - shape.length);
  const grown = [...upTo(missing).map(() => 1), ...shape];
  return grown.length === rank ? grown : [sizeOf(grown.slice(0, grown.length - rank + 1)), ...grown.slice(-rank + 1)];
}

export const products: readonly Operation[] = [
  matrixProduct,
  matrixProduct,
  outer,
  inner,
  tensordot,
  convolve,
  convolution,
  convolution,
];
