/** Arrays at indices that are constant, data or computed, and where such indices come from. */
import {
  type Draw,
  isFloat,
  isInteger,
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
import { at, broadcast, expanded, make, rearranged, sizeOf, type Value } from "./values.ts";

const axisOf = (d: Draw, x: Operand): number => d.below(x.value.shape.length);

/** Whether integers are places in an axis of n. */
const within = (n: number) => (value: Value) => isInteger(value) && value.data.every(({ v }) => v >= 0 && v < n);

function taken(a: Arithmetic, x: Value, places: Value, axis: number): Value {
  const { length } = places.shape;
  const shape = [...x.shape.slice(0, axis), ...places.shape, ...x.shape.slice(axis + 1)];
  return rearranged(x, shape, (index) => {
    const place = a.place(at(places, index.slice(axis, axis + length)), x.shape[axis]);
    return [...index.slice(0, axis), place, ...index.slice(axis + length)];
  });
}

/** Rows of a table at integers that were given or computed. */
const take: Operation = (d) => {
  const x = d.operand((value) => ofRank(1, isNumber, 3)(value) && value.data.length > 0);
  if (x === undefined) return undefined;
  const axis = axisOf(d, x);
  const n = x.value.shape[axis];
  const isResultSmall = ({ shape }: Value) => isSmall([...x.value.shape.toSpliced(axis, 1), ...shape]);
  const places = d.operand((value) => within(n)(value) && isResultSmall(value));
  if (places === undefined) {
    const constant = [d.below(n), n - 1, 0].slice(0, 1 + d.below(3));
    if (sizeOf(x.value.shape) * constant.length > maxSize) return undefined;
    const text = `np.array(${list(constant)}, { dtype: np.int32 })`;
    return statement(
      [x],
      (p) => `np.take(${p}, ${text}, ${axis})`,
      (a, value) =>
        taken(
          a,
          value,
          make(
            "int",
            [constant.length],
            constant.map((k) => a.plain(k, true)),
          ),
          axis,
        ),
    );
  }
  const source = axis === 0 && d.chance(50) ? (p: string, q: string) => `${p}.slice(${q})` : undefined;
  return statement([x, places], source ?? ((p, q) => `np.take(${p}, ${q}, ${axis})`), (a, p, q) =>
    taken(a, p, q, axis),
  );
};

/** Elements at two index arrays together. */
const pairsOfPlaces: Operation = (d) => {
  const x = d.operand((value) => ofRank(2, isFloat, 3)(value) && value.data.length > 0);
  if (x === undefined) return undefined;
  const [m, n] = x.value.shape;
  const i = d.operand(within(m));
  const j = d.operand((value) => within(n)(value) && broadcast(i?.value.shape ?? [], value.shape) !== undefined);
  if (i === undefined || j === undefined) return undefined;
  const shape = [...broadcast(i.value.shape, j.value.shape)!, ...x.value.shape.slice(2)];
  if (!isSmall(shape)) return undefined;
  return statement(
    [x, i, j],
    (p, q, r) => `${p}.slice(${q}, ${r})`,
    (a, p, q, r) => {
      const common = broadcast(q.shape, r.shape)!;
      const [rows, columns] = [expanded(q, common), expanded(r, common)];
      return rearranged(p, [...common, ...p.shape.slice(2)], (index) => {
        const head = index.slice(0, common.length);
        const [row, column] = [a.place(at(rows, head), m), a.place(at(columns, head), n)];
        return [row, column, ...index.slice(common.length)];
      });
    },
  );
};

const alongAxis: Operation = (d) => {
  const x = d.operand((value) => ofRank(1, isFloat)(value) && value.data.length > 0);
  if (x === undefined) return undefined;
  const axis = axisOf(d, x);
  const places = d.operand(
    (value) =>
      within(x.value.shape[axis])(value) &&
      value.shape.length === x.value.shape.length &&
      value.shape.every((n, i) => i === axis || n === x.value.shape[i]),
  );
  return statement(
    [x, places],
    (p, q) => `np.takeAlongAxis(${p}, ${q}, ${axis})`,
    (a, p, q) => rearranged(p, q.shape, (index) => index.with(axis, a.place(at(q, index), p.shape[axis]))),
  );
};

const oneHot: Operation = (d) => {
  const n = 1 + d.below(4);
  const x = d.operand((value) => within(n)(value) && value.shape.length < 4 && value.data.length * n <= maxSize);
  return statement(
    [x],
    (p) => `nn.oneHot(${p}, ${n})`,
    (a, value) =>
      make(
        "float",
        [...value.shape, n],
        value.data.flatMap(({ v }) => Array.from({ length: n }, (_, k) => a.plain(Number(v === k), true))),
        true,
      ),
  );
};

/** Integers made places by arithmetic that users write. */
const places: Operation = (d) => {
  const x = d.operand(isInteger);
  const n = 1 + d.below(4);
  return statement(
    [x],
    (p) => `np.clip(${p}, 0, ${n - 1})`,
    (a, value) => ({
      ...value,
      data: value.data.map(({ v }) => a.plain(Math.max(Math.min(v, n - 1), 0), true)),
    }),
  );
};

const range: Operation = (d) => {
  const n = 1 + d.below(4);
  if (d.chance(50)) {
    const numbers = Array.from({ length: n }, () => d.pick([1, 0.5, 0, -1, 2, -0.25]));
    return statement(
      [],
      () => `np.array(${list(numbers)})`,
      (a) => ({
        ...make(
          "float",
          [n],
          numbers.map((v) => a.constant(v)),
        ),
        isNarrow: true,
      }),
    );
  }
  return statement(
    [],
    () => `np.arange(${n})`,
    (a) =>
      make(
        "int",
        [n],
        Array.from({ length: n }, (_, k) => a.plain(k, true)),
      ),
  );
};

export const indexing: readonly Operation[] = [take, take, pairsOfPlaces, alongAxis, oneHot, places, range];
