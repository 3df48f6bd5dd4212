/** Operations that move elements: shapes, slices, joins. */
import {
  type Draw,
  isNumber,
  isSmall,
  list,
  maxSize,
  type Operand,
  type Operation,
  ofRank,
  statement,
} from "./draw.ts";
import type { Arithmetic } from "./jet.ts";
import { at, cast, expanded, indicesOf, promoted, rearranged, sizeOf, type Value } from "./values.ts";

const any = () => true;
const axisOf = (d: Draw, x: Operand): number => d.below(x.value.shape.length);

/** A shape of as many elements. */
function factorized(d: Draw, size: number): number[] {
  if (size === 0) return d.pick([[0], [2, 0], [0, 3], [1, 0, 2]]);
  const divisors = Array.from({ length: size }, (_, i) => i + 1).filter((n) => size % n === 0);
  const first = d.pick([size, ...divisors]);
  const rest = size / first;
  const second = d.pick(divisors.filter((n) => rest % n === 0).toReversed());
  const shape = [first, second, rest / second];
  return d.chance(50) ? shape.filter((n) => n > 1) : shape;
}

const reshape: Operation = (d) => {
  const x = d.operand(any);
  if (x === undefined) return undefined;
  const shape = factorized(d, sizeOf(x.value.shape));
  return statement(
    [x],
    (p) => `${p}.reshape(${list(shape)})`,
    (_a, value) => ({ ...value, shape }),
  );
};

const transpose: Operation = (d) => {
  const x = d.operand(ofRank(2, any));
  if (x === undefined) return undefined;
  const left = x.value.shape.map((_, i) => i);
  const perm: number[] = [];
  while (left.length > 0) perm.push(...left.splice(left.length - 1 - d.below(left.length), 1));
  const shape = perm.map((i) => x.value.shape[i]);
  return statement(
    [x],
    (p) => `np.transpose(${p}, ${list(perm)})`,
    (_a, value) => rearranged(value, shape, (index) => value.shape.map((_, i) => index[perm.indexOf(i)])),
  );
};

const flip: Operation = (d) => {
  const x = d.operand(ofRank(1, any));
  if (x === undefined) return undefined;
  const axis = axisOf(d, x);
  return statement(
    [x],
    (p) => `np.flip(${p}, ${axis})`,
    (_a, value) => rearranged(value, value.shape, (index) => index.with(axis, value.shape[axis] - 1 - index[axis])),
  );
};

const roll: Operation = (d) => {
  const x = d.operand((value) => ofRank(1, any)(value) && sizeOf(value.shape) > 0);
  if (x === undefined) return undefined;
  const axis = axisOf(d, x);
  const shift = d.pick([1, -1, 2]);
  return statement(
    [x],
    (p) => `np.roll(${p}, ${shift}, ${axis})`,
    (_a, value) => {
      const n = value.shape[axis];
      return rearranged(value, value.shape, (index) => index.with(axis, (((index[axis] - shift) % n) + n) % n));
    },
  );
};

/** Ranges and single places of leading axes. */
const slice: Operation = (d) => {
  const x = d.operand(ofRank(1, any));
  if (x === undefined) return undefined;
  const parts: (number | [number, number])[] = [];
  for (const n of x.value.shape) {
    if (n > 0 && d.chance(25)) parts.push(d.below(n));
    else {
      const begin = d.below(n + 1);
      parts.push([begin, n - d.below(n - begin + 1)]);
    }
    if (d.chance(30)) break;
  }
  const ranges = x.value.shape.map((n, i) => parts[i] ?? ([0, n] as [number, number]));
  const shape = ranges.flatMap((part) => (typeof part === "number" ? [] : [part[1] - part[0]]));
  const text = parts.map((part) => (typeof part === "number" ? String(part) : list(part))).join(", ");
  return statement(
    [x],
    (p) => `${p}.slice(${text})`,
    (_a, value) =>
      rearranged(value, shape, (index) => {
        let next = 0;
        return ranges.map((part) => (typeof part === "number" ? part : part[0] + index[next++]));
      }),
  );
};

const pad: Operation = (d) => {
  const x = d.operand((value) => ofRank(1, any)(value) && value.kind !== "bool" && value.data.length < 12);
  if (x === undefined) return undefined;
  const widths = x.value.shape.map(() => [d.below(2), d.below(3)]);
  const shape = x.value.shape.map((n, i) => widths[i][0] + n + widths[i][1]);
  if (!isSmall(shape)) return undefined;
  return statement(
    [x],
    (p) => `np.pad(${p}, [${widths.map(list).join(", ")}])`,
    (a, value) =>
      rearranged(
        value,
        shape,
        (index) => {
          const source = index.map((k, i) => k - widths[i][0]);
          return source.every((k, i) => k >= 0 && k < value.shape[i]) ? source : undefined;
        },
        a.plain(0, true),
      ),
  );
};

const broadcastTo: Operation = (d) => {
  const x = d.operand((value) => value.data.length < 9 && value.shape.length < 4);
  if (x === undefined) return undefined;
  const shape = x.value.shape.map((n) => (n === 1 ? 1 + d.below(3) : n));
  if (d.chance(50)) shape.unshift(1 + d.below(3));
  if (!isSmall(shape)) return undefined;
  return statement(
    [x],
    (p) => `np.broadcastTo(${p}, ${list(shape)})`,
    (_a, value) => expanded(value, shape),
  );
};

const newAxis: Operation = (d) => {
  const x = d.operand((value) => value.shape.length < 4);
  if (x === undefined) return undefined;
  const axis = d.below(x.value.shape.length + 1);
  return statement(
    [x],
    (p) => `np.expandDims(${p}, ${axis})`,
    (_a, value) => ({
      ...value,
      shape: value.shape.toSpliced(axis, 0, 1),
    }),
  );
};

const repeat: Operation = (d) => {
  const x = d.operand((value) => ofRank(1, any, 3)(value) && value.data.length <= maxSize / 2);
  if (x === undefined) return undefined;
  const axis = axisOf(d, x);
  const n = x.value.shape[axis];
  const shape = x.value.shape.with(axis, 2 * n);
  if (d.chance(50)) {
    return statement(
      [x],
      (p) => `np.repeat(${p}, 2, ${axis})`,
      (_a, value) => rearranged(value, shape, (index) => index.with(axis, Math.floor(index[axis] / 2))),
    );
  }
  const reps = x.value.shape.map((_, i) => (i === axis ? 2 : 1));
  return statement(
    [x],
    (p) => `np.tile(${p}, ${list(reps)})`,
    (_a, value) => rearranged(value, shape, (index) => index.with(axis, index[axis] % n)),
  );
};

function joined(a: Arithmetic, x: Value, y: Value, axis: number): Value {
  const type = promoted(x, y);
  const [p, q] = [cast(a, x, type.kind), cast(a, y, type.kind)];
  const shape = x.shape.with(axis, x.shape[axis] + y.shape[axis]);
  const data = indicesOf(shape).map((index) => {
    const k = index[axis] - x.shape[axis];
    return k < 0 ? at(p, index) : at(q, index.with(axis, k));
  });
  return { ...type, shape, data };
}

const concatenate: Operation = (d) => {
  const x = d.operand((value) => ofRank(1, any)(value) && value.data.length <= maxSize / 2);
  if (x === undefined) return undefined;
  const axis = axisOf(d, x);
  const y = d.operand(
    ({ shape }) =>
      shape.length === x.value.shape.length &&
      shape.every((n, i) => i === axis || n === x.value.shape[i]) &&
      isSmall(shape.with(axis, shape[axis] + x.value.shape[axis])),
  );
  return statement(
    [x, y],
    (p, q) => `np.concatenate([${p}, ${q}], ${axis})`,
    (a, p, q) => joined(a, p, q, axis),
  );
};

const stack: Operation = (d) => {
  const x = d.operand((value) => value.shape.length < 4 && value.data.length <= maxSize / 2);
  const y = d.operand(({ shape }) => `${shape}` === `${x?.value.shape}`);
  if (x === undefined) return undefined;
  const axis = d.below(x.value.shape.length + 1);
  const grown = (value: Value) => ({ ...value, shape: value.shape.toSpliced(axis, 0, 1) });
  return statement(
    [x, y],
    (p, q) => `np.stack([${p}, ${q}], ${axis})`,
    (a, p, q) => joined(a, grown(p), grown(q), axis),
  );
};

/** One of two parts. */
const split: Operation = (d) => {
  const x = d.operand(ofRank(1, any));
  if (x === undefined) return undefined;
  const axis = axisOf(d, x);
  const n = x.value.shape[axis];
  const cut = d.below(n + 1);
  const part = d.below(2);
  const [begin, end] = part === 0 ? [0, cut] : [cut, n];
  return statement(
    [x],
    (p) => `np.split(${p}, [${cut}], ${axis})[${part}]`,
    (_a, value) =>
      rearranged(value, value.shape.with(axis, end - begin), (index) => index.with(axis, begin + index[axis])),
  );
};

const triangle: Operation = (d) => {
  const x = d.operand(ofRank(2, isNumber));
  const [name, keeps] = d.pick([
    ["np.tril", (i: number, j: number) => j <= i],
    ["np.triu", (i: number, j: number) => j >= i],
  ] as const);
  return statement(
    [x],
    (p) => `${name}(${p})`,
    (a, value) =>
      rearranged(
        value,
        value.shape,
        (index) => (keeps(index.at(-2)!, index.at(-1)!) ? index : undefined),
        a.plain(0, true),
      ),
  );
};

const diagonal: Operation = (d) => {
  const x = d.operand((value) => ofRank(2, any)(value) && value.data.length > 0);
  if (x === undefined) return undefined;
  const { shape } = x.value;
  const n = Math.min(shape[0], shape[1]);
  const result = [...shape.slice(2), n];
  return statement(
    [x],
    (p) => `np.diagonal(${p})`,
    (_a, value) => rearranged(value, result, (index) => [index.at(-1)!, index.at(-1)!, ...index.slice(0, -1)]),
  );
};

export const movement: readonly Operation[] = [
  ...[reshape, reshape, transpose, flip, roll, slice, slice, pad, broadcastTo, newAxis, repeat],
  ...[concatenate, concatenate, stack, split, triangle, diagonal],
];
