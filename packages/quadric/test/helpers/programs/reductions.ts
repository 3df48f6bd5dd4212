/** Operations along axes: sums, products, extrema, moments, scans, softmax. */
import { drawAxes, isBool, isFloat, isNumber, isSmall, type Operation, ofRank, statement } from "./draw.ts";
import * as f from "./functions.ts";
import type { Arithmetic, Jet } from "./jet.ts";
import { at, cast, expanded, indicesOf, type Kind, placeOf, sizeOf, type Value, zipped } from "./values.ts";

/** f of the elements along axes, in order. */
export function reduced(x: Value, axes: readonly number[], keepDims: boolean, of: (xs: Jet[]) => Jet): Value {
  const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
  const groups = Array.from({ length: sizeOf(kept) }, (): Jet[] => []);
  indicesOf(x.shape).forEach((index, place) => {
    groups[
      placeOf(
        index.map((k, i) => (axes.includes(i) ? 0 : k)),
        kept,
      )
    ].push(x.data[place]);
  });
  const shape = keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i));
  return { ...x, shape, data: groups.map(of) };
}

/** Elements that attain an extremum share it. */
export function extremum(a: Arithmetic, xs: readonly Jet[], sign: 1 | -1): Jet {
  const top = Math.max(...xs.map(({ v }) => sign * v));
  const attaining = xs.filter(({ v }) => sign * v === top);
  // Rounding that is imitated may leave the domain of a function.
  if (attaining.length === 0) return a.plain(Number.NaN);
  if (attaining.length === 1) return attaining[0];
  const mean = a.scale(a.sum(attaining), 1 / attaining.length);
  return { ...mean, v: attaining[0].v, exact: attaining.every(({ exact }) => exact) };
}

const product = (a: Arithmetic, xs: readonly Jet[]) => xs.reduce(a.mul, a.plain(1, true));
const mean = (a: Arithmetic, xs: readonly Jet[]) => a.scale(a.sum(xs), 1 / xs.length);

function variance(a: Arithmetic, xs: readonly Jet[], correction = 0): Jet {
  const centre = mean(a, xs);
  const squares = xs.map((x) => a.sub(x, centre)).map((x) => a.mul(x, x));
  return a.scale(a.sum(squares), 1 / (xs.length - correction));
}

function logsumexp(a: Arithmetic, xs: readonly Jet[]): Jet {
  const top = a.plain(
    Math.max(...xs.map(({ v }) => v)),
    xs.every(({ exact }) => exact),
  );
  return a.add(top, f.log(a, a.sum(xs.map((x) => f.exp(a, a.sub(x, top))))));
}

interface Reduction {
  readonly name: string;
  readonly of: (a: Arithmetic, xs: Jet[]) => Jet;
  readonly fits?: (value: Value) => boolean;
  /** Elements that it needs at least. */
  readonly least?: number;
  /** Of elements along the axes. */
  readonly domain?: (xs: number[]) => boolean;
  readonly options?: string;
  readonly kind?: Kind;
}

const truth = (a: Arithmetic, holds: boolean) => a.plain(Number(holds), true);
const spread = (xs: number[]) => Math.max(...xs) - Math.min(...xs);

const reductions: readonly Reduction[] = [
  { name: "np.sum", of: (a, xs) => a.sum(xs), fits: isNumber },
  { name: "np.mean", of: mean, least: 1 },
  { name: "np.max", of: (a, xs) => extremum(a, xs, 1), least: 1, fits: isNumber },
  { name: "np.min", of: (a, xs) => extremum(a, xs, -1), least: 1, fits: isNumber },
  { name: "np.prod", of: product, fits: isNumber },
  { name: "np.var_", of: variance, least: 1 },
  { name: "np.var_", of: (a, xs) => variance(a, xs, 1), least: 2, options: "correction: 1" },
  { name: "np.std", of: (a, xs) => f.sqrt(a, variance(a, xs)), least: 2, domain: (xs) => spread(xs) > 0.1 },
  { name: "np.ptp", of: (a, xs) => a.sub(extremum(a, xs, 1), extremum(a, xs, -1)), least: 1, fits: isNumber },
  { name: "nn.logsumexp", of: logsumexp, least: 1 },
  {
    name: "np.any",
    of: (a, xs) =>
      truth(
        a,
        xs.some(({ v }) => v !== 0),
      ),
    fits: isBool,
  },
  {
    name: "np.all",
    of: (a, xs) =>
      truth(
        a,
        xs.every(({ v }) => v !== 0),
      ),
    fits: isBool,
  },
  {
    name: "np.sum",
    of: (a, xs) =>
      truth(
        a,
        xs.some(({ v }) => v !== 0),
      ),
    fits: isBool,
  },
  {
    name: "np.countNonzero",
    of: (a, xs) => a.plain(xs.filter(({ v }) => v !== 0).length, true),
    fits: () => true,
    kind: "int",
  },
];

const reduction: Operation = (d) => {
  const { name, of, fits = isFloat, least = 0, domain, options, kind } = d.pick(reductions);
  const x = d.operand(fits);
  if (x === undefined) return undefined;
  const { axes, text } = drawAxes(d, x.value);
  const count = sizeOf(axes.map((i) => x.value.shape[i]));
  if (count < least || (least > 0 && axes.length === 0 && name === "nn.logsumexp")) return undefined;
  const keeps = d.chance(30);
  if (domain && !groupsOf(x.value, axes).every((xs) => domain(xs.map(({ v }) => v)))) return undefined;
  const settings = [...(keeps ? ["keepdims: true"] : []), ...(options ? [options] : [])];
  const rest = settings.length > 0 ? `, { ${settings.join(", ")} }` : "";
  return statement(
    [x],
    (p) => `${name}(${p}, ${text}${rest})`,
    (a, value) => {
      const y = reduced(value, axes, keeps, (xs) => of(a, xs));
      return kind ? { ...y, kind, isWeak: false } : y;
    },
  );
};

function groupsOf(x: Value, axes: readonly number[]): Jet[][] {
  const groups: Jet[][] = [];
  reduced(x, axes, false, (xs) => {
    groups.push(xs);
    return xs[0];
  });
  return groups;
}

const position: Operation = (d) => {
  const [name, sign] = d.pick([
    ["np.argmax", 1],
    ["np.argmin", -1],
  ] as const);
  const x = d.operand(ofRank(1, isNumber));
  if (x === undefined) return undefined;
  const axis = d.below(x.value.shape.length);
  if (x.value.shape[axis] === 0) return undefined;
  return statement(
    [x],
    (p) => `${name}(${p}, ${axis})`,
    (a, value) => ({
      ...reduced(value, [axis], false, (xs) => {
        const signed = xs.map(({ v }) => sign * v);
        return a.plain(signed.indexOf(Math.max(...signed)), true);
      }),
      kind: "int",
      isWeak: false,
    }),
  );
};

/** Each element from those before it on an axis and itself. */
const scan: Operation = (d) => {
  const [name, of] = d.pick([
    ["np.cumsum", (a: Arithmetic, xs: Jet[]) => a.sum(xs)],
    ["np.cumprod", product],
  ] as const);
  const x = d.operand(ofRank(1, isNumber));
  if (x === undefined) return undefined;
  const axis = d.below(x.value.shape.length);
  return statement(
    [x],
    (p) => `${name}(${p}, ${axis})`,
    (a, value) => ({
      ...value,
      data: indicesOf(value.shape).map((index) =>
        of(
          a,
          Array.from({ length: index[axis] + 1 }, (_, k) => at(value, index.with(axis, k))),
        ),
      ),
    }),
  );
};

/** x and one number for every group along an axis. */
function alongAxis(
  a: Arithmetic,
  x: Value,
  axis: number,
  summary: (xs: Jet[]) => Jet,
  f2: (x: Jet, y: Jet) => Jet,
): Value {
  return zipped(a, x, expanded(reduced(x, [axis], true, summary), x.shape), f2);
}

const normalization: Operation = (d) => {
  const x = d.operand(ofRank(1));
  if (x === undefined) return undefined;
  const axis = d.below(x.value.shape.length);
  if (x.value.shape[axis] === 0) return undefined;
  const isWide = groupsOf(x.value, [axis]).every((xs) => spread(xs.map(({ v }) => v)) > 0.1);
  switch (d.below(isWide ? 3 : 2)) {
    case 0:
      return statement(
        [x],
        (p) => `nn.logSoftmax(${p}, ${axis})`,
        (a, value) => alongAxis(a, value, axis, (xs) => logsumexp(a, xs), a.sub),
      );
    case 1:
      return statement(
        [x],
        (p) => `nn.softmax(${p}, ${axis})`,
        (a, value) => {
          const top = alongAxis(
            a,
            value,
            axis,
            (xs) =>
              a.plain(
                Math.max(...xs.map(({ v }) => v)),
                xs.every(({ exact }) => exact),
              ),
            a.sub,
          );
          return alongAxis(a, { ...top, data: top.data.map((jet) => f.exp(a, jet)) }, axis, (xs) => a.sum(xs), a.div);
        },
      );
    default:
      return statement(
        [x],
        (p) => `nn.standardize(${p}, ${axis})`,
        (a, value) => {
          const centred = alongAxis(a, value, axis, (xs) => mean(a, xs), a.sub);
          const deviation = (xs: Jet[]) => f.sqrt(a, a.add(variance(a, xs), a.constant(1e-5)));
          return alongAxis(a, centred, axis, deviation, a.div);
        },
      );
  }
};

const difference: Operation = (d) => {
  const x = d.operand(ofRank(1));
  if (x === undefined) return undefined;
  const axis = d.below(x.value.shape.length);
  const n = x.value.shape[axis];
  if (n < 1) return undefined;
  const shape = x.value.shape.with(axis, n - 1);
  const pairs = (value: Value, of: (p: Jet, q: Jet) => Jet) => ({
    ...value,
    shape,
    data: indicesOf(shape).map((index) => of(at(value, index), at(value, index.with(axis, index[axis] + 1)))),
  });
  if (d.chance(50))
    return statement(
      [x],
      (p) => `np.diff(${p}, 1, ${axis})`,
      (a, value) => pairs(value, (p, q) => a.sub(q, p)),
    );
  return statement(
    [x],
    (p) => `np.trapezoid(${p}, null, { axis: ${axis} })`,
    (a, value) =>
      reduced(
        pairs(value, (p, q) => a.scale(a.add(p, q), 0.5)),
        [axis],
        false,
        (xs) => a.sum(xs),
      ),
  );
};

/** max, sum, mean or min over windows of the last axes. */
const windows: Operation = (d) => {
  const x = d.operand((value) => ofRank(1)(value) && sizeOf(value.shape) > 0);
  if (x === undefined) return undefined;
  const { shape } = x.value;
  const axes = Math.min(shape.length, 1 + d.below(2));
  const spatial = shape.slice(-axes);
  const window = spatial.map((n) => 1 + d.below(Math.min(n, 3)));
  const strides = spatial.map(() => 1 + d.below(2));
  const counts = spatial.map((n, i) => Math.floor((n - window[i]) / strides[i]) + 1);
  const outer = shape.slice(0, -axes);
  const [name, of] = d.pick([
    ["np.max", (a: Arithmetic, xs: Jet[]) => extremum(a, xs, 1)],
    ["np.sum", (a: Arithmetic, xs: Jet[]) => a.sum(xs)],
    ["np.mean", mean],
    ["np.min", (a: Arithmetic, xs: Jet[]) => extremum(a, xs, -1)],
  ] as const);
  const result = [...outer, ...counts];
  if (!isSmall(result)) return undefined;
  const offsets = indicesOf(window);
  return statement(
    [x],
    (p) => `lax.reduceWindow(${p}, ${name}, [${window.join(", ")}], [${strides.join(", ")}])`,
    (a, value) => ({
      ...value,
      shape: result,
      data: indicesOf(result).map((index) => {
        const [head, tail] = [index.slice(0, outer.length), index.slice(outer.length)];
        return of(
          a,
          offsets.map((o) => at(value, [...head, ...tail.map((k, i) => k * strides[i] + o[i])])),
        );
      }),
    }),
  );
};

/** Means of integers and bools are floats. */
const meanOfCounts: Operation = (d) => {
  const x = d.operand((value) => !isFloat(value) && value.data.length > 0);
  return statement(
    [x],
    (p) => `np.mean(${p})`,
    (a, value) =>
      reduced(
        cast(a, value, "float"),
        value.shape.map((_, i) => i),
        false,
        (xs) => mean(a, xs),
      ),
  );
};

export const along: readonly Operation[] = [
  reduction,
  reduction,
  reduction,
  position,
  scan,
  normalization,
  difference,
  windows,
  meanOfCounts,
];
