/** Operations that act on elements: functions, arithmetic, comparisons, logic, choices, casts. */
import {
  type Draw,
  isBool,
  isFloat,
  isNumber,
  isSmall,
  kinds,
  type Operand,
  type Operation,
  statement,
} from "./draw.ts";
import * as f from "./functions.ts";
import type { Arithmetic, Jet } from "./jet.ts";
import { broadcast, cast, expanded, type Kind, make, mapped, promoted, type Value, zipped } from "./values.ts";

/** Numbers that users write; those that float32 does not hold are rounded there. */
const literals = [2, 0.5, -1, 0, 1, 3, 0.1, -0.75, 1e-3, Math.PI, 2.5, -2];

const literal = (a: Arithmetic, c: number): Value => ({ ...make("float", [], [a.constant(c)]), isWeak: true });

/** Another value that broadcasts with x. */
function partner(d: Draw, x: Operand | undefined, fits: (y: Value) => boolean): Operand | undefined {
  return (
    x &&
    d.operand((y) => {
      const shape = fits(y) && broadcast(x.value.shape, y.shape);
      return shape !== false && shape !== undefined && isSmall(shape);
    })
  );
}

const unary: Operation = (d) => {
  const { source, f: of, domain, keepsIntegers, isWeak, isOfType } = d.pick(f.written);
  const fits = keepsIntegers && d.chance(20) ? isNumber : isFloat;
  const hasType = ({ isNarrow, isWeak: weak }: Value) => !isOfType || !(isNarrow || weak);
  const x = d.operand((value) => fits(value) && hasType(value) && value.data.every(({ v }) => domain?.(v) ?? true));
  return statement([x], source, (a, value) => {
    const y = mapped(value, (jet) => of(a, jet));
    return isWeak ? { ...y, isWeak } : y;
  });
};

type Pair = (a: Arithmetic, x: Jet, y: Jet) => Jet;

interface Binary {
  readonly source: (x: string, y: string) => string;
  readonly f: Pair;
  /** Where two numbers may meet. */
  readonly domain?: (x: number, y: number) => boolean;
  /** Whether integers are allowed, and stay so. */
  readonly ofIntegers?: boolean;
  /** Whether jax-js divides integers by integers alone, and rounds negative ones otherwise by a number. */
  readonly isQuotient?: boolean;
}

const method = (name: string) => (x: string, y: string) => `${x}.${name}(${y})`;
const call = (name: string) => (x: string, y: string) => `${name}(${x}, ${y})`;

/** eˣ + eʸ, from the larger. */
const logaddexp: Pair = (a, x, y) => {
  const top = f.maximum(a, x, y);
  return a.add(f.log(a, a.add(f.exp(a, a.sub(x, top)), f.exp(a, a.sub(y, top)))), top);
};

const nonzero = (_x: number, y: number) => Math.abs(y) > 0.05;

const binaries: readonly Binary[] = [
  { source: method("add"), f: (a, x, y) => a.add(x, y), ofIntegers: true },
  { source: method("mul"), f: (a, x, y) => a.mul(x, y), ofIntegers: true },
  { source: method("sub"), f: (a, x, y) => a.sub(x, y), ofIntegers: true },
  { source: call("np.divide"), f: (a, x, y) => a.div(x, y), domain: nonzero },
  { source: call("np.maximum"), f: f.maximum, ofIntegers: true },
  { source: call("np.minimum"), f: f.minimum, ofIntegers: true },
  { source: call("np.arctan2"), f: f.atan2, domain: (x, y) => x * x + y * y > 0.01 && (x !== 0 || y > 0) },
  { source: call("np.power"), f: f.power, domain: (x, y) => x > 0.05 && Math.abs(y) < 6 },
  { source: call("np.fmod"), f: f.fmod, domain: nonzero, ofIntegers: true },
  { source: call("np.remainder"), f: f.remainder, domain: nonzero, ofIntegers: true },
  {
    source: call("np.hypot"),
    f: (a, x, y) => f.sqrt(a, a.add(a.mul(x, x), a.mul(y, y))),
    domain: (x, y) => x * x + y * y > 0.01,
  },
  { source: call("np.logaddexp"), f: logaddexp, domain: (x, y) => Math.abs(x) < 25 && Math.abs(y) < 25 },
  {
    source: call("np.floorDivide"),
    f: (a, x, y) => f.floor(a, a.div(x, y)),
    domain: nonzero,
    ofIntegers: true,
    isQuotient: true,
  },
];

function isDefined(domain: Binary["domain"], x: Value, y: Value): boolean {
  const shape = broadcast(x.shape, y.shape);
  if (shape === undefined || !isSmall(shape)) return false;
  const [p, q] = [expanded(x, shape), expanded(y, shape)];
  return p.data.every(({ v }, i) => domain?.(v, q.data[i].v) ?? true);
}

const binary: Operation = (d) => {
  const { source, f: of, domain, ofIntegers, isQuotient } = d.pick(binaries);
  const fits = (value: Value) => (ofIntegers ? isNumber(value) : isFloat(value));
  const x = d.operand(fits);
  const meets = (value: Value) => !isQuotient || value.kind === x?.value.kind;
  const y = x && d.operand((value) => fits(value) && meets(value) && isDefined(domain, x.value, value));
  return statement([x, y], source, (a, p, q) => zipped(a, p, q, (s, t) => of(a, s, t)));
};

/** An array and a number beside it, on either side of it. */
const withLiteral: Operation = (d) => {
  const { source, f: of, domain, ofIntegers, isQuotient } = d.pick(binaries);
  const x = d.operand((value) => (ofIntegers ? isNumber(value) : isFloat(value)));
  if (x === undefined) return undefined;
  const isFirst = d.chance(20) && !/^x\./.test(source("x", "y"));
  const fits = (c: number) => {
    const isInteger = x.value.kind === "int";
    const number = isInteger ? Math.trunc(c) : c;
    if (isInteger && isQuotient && (isFirst || number < 0 || x.value.data.some(({ v }) => v < 0))) return false;
    return x.value.data.every(
      ({ v }) => domain?.(...(isFirst ? ([number, v] as const) : ([v, number] as const))) ?? true,
    );
  };
  const c = d.pick(literals.filter(fits));
  if (c === undefined) return undefined;
  const evaluate = (a: Arithmetic, value: Value) => {
    const [p, q] = isFirst ? [literal(a, c), value] : [value, literal(a, c)];
    return zipped(a, p, q, (s, t) => of(a, s, t));
  };
  return statement([x], (name) => (isFirst ? source(String(c), name) : source(name, String(c))), evaluate);
};

/** xⁿ for a number n, at any sign of x, at 0 too. */
const wholePower: Operation = (d) => {
  const n = d.pick([2, 3, 1, 0, -1]);
  const x = d.operand((value) => isFloat(value) && value.data.every(({ v }) => n >= 0 || Math.abs(v) > 0.05));
  return statement(
    [x],
    (name) => `np.power(${name}, ${n})`,
    (a, value) =>
      mapped(value, (jet) => {
        const slope = n === 0 ? 0 : n * jet.v ** (n - 1);
        const curvature = n * (n - 1) === 0 ? 0 : n * (n - 1) * jet.v ** (n - 2);
        return a.apply(jet, jet.v ** n, { slope, curvature });
      }),
  );
};

const comparisons: readonly [name: string, holds: (x: number, y: number) => boolean][] = [
  ["less", (x, y) => x < y],
  ["lessEqual", (x, y) => x <= y],
  ["greater", (x, y) => x > y],
  ["greaterEqual", (x, y) => x >= y],
  ["equal", (x, y) => x === y],
  ["notEqual", (x, y) => x !== y],
];

const compared = (a: Arithmetic, x: Value, y: Value, holds: (x: number, y: number) => boolean): Value => ({
  ...zipped(a, x, y, (p, q) => a.plain(Number(holds(p.v, q.v)), true)),
  kind: "bool",
  isWeak: false,
});

const comparison: Operation = (d) => {
  const [name, holds] = d.pick(comparisons);
  const any = () => true;
  const x = d.operand(any);
  if (d.chance(50)) {
    const c = d.pick(literals);
    return statement(
      [x],
      (text) => `${text}.${name}(${c})`,
      (a, value) => compared(a, value, literal(a, c), holds),
    );
  }
  return statement([x, partner(d, x, any)], method(name), (a, p, q) => compared(a, p, q, holds));
};

const logic: Operation = (d) => {
  const truth = (a: Arithmetic, holds: boolean) => a.plain(Number(holds), true);
  if (d.chance(25)) {
    return statement(
      [d.operand(isBool)],
      (x) => `np.logicalNot(${x})`,
      (a, x) => mapped(x, ({ v }) => truth(a, v === 0)),
    );
  }
  const [name, holds] = d.pick([
    ["np.logicalAnd", (x: number, y: number) => x * y !== 0],
    ["np.logicalOr", (x: number, y: number) => x + y !== 0],
    ["np.logicalXor", (x: number, y: number) => x !== y],
  ] as const);
  const x = d.operand(isBool);
  return statement([x, partner(d, x, isBool)], call(name), (a, p, q) =>
    zipped(a, p, q, (s, t) => truth(a, holds(s.v, t.v))),
  );
};

function chosen(a: Arithmetic, condition: Value, x: Value, y: Value): Value {
  const type = promoted(x, y);
  const shape = broadcast(condition.shape, broadcast(x.shape, y.shape)!)!;
  const [c, p, q] = [condition, cast(a, x, type.kind), cast(a, y, type.kind)].map((value) => expanded(value, shape));
  return { ...type, shape, data: c.data.map(({ v }, i) => (v !== 0 ? p : q).data[i]) };
}

const where: Operation = (d) => {
  const condition = d.operand(isBool);
  const x = partner(d, condition, isNumber);
  if (condition === undefined || x === undefined) return undefined;
  const shape = broadcast(condition.value.shape, x.value.shape)!;
  const c = d.pick(literals);
  switch (d.below(4)) {
    case 0: {
      const y = d.operand((value) => isNumber(value) && isSmall(broadcast(shape, value.shape) ?? [maxRank]));
      return statement([condition, x, y], (p, q, r) => `np.where(${p}, ${q}, ${r})`, chosen);
    }
    case 1:
      return statement(
        [condition, x],
        (p, q) => `np.where(${p}, ${q}, ${c})`,
        (a, p, q) => chosen(a, p, q, literal(a, c)),
      );
    case 2:
      return statement(
        [condition, x],
        (p, q) => `np.where(${p}, ${c}, ${q})`,
        (a, p, q) => chosen(a, p, literal(a, c), q),
      );
    default:
      return statement(
        [condition],
        (p) => `np.where(${p}, 1, ${c})`,
        (a, p) => chosen(a, p, literal(a, 1), literal(a, c)),
      );
  }
};

/** More elements than any array may have. */
const maxRank = 1e6;

const toKind: Operation = (d) => {
  const kind = d.pick<Kind>(["float", "int", "bool"]);
  const x = d.operand((value) => value.data.every(({ v }) => Math.abs(v) < 1e6));
  return statement(
    [x],
    (name) => `${name}.astype(${kinds[kind]})`,
    (a, value) => ({ ...cast(a, value, kind), isNarrow: true }),
  );
};

/** Integers and bools beside what is differentiated. */
const mixed: Operation = (d) => {
  const x = d.operand(isFloat);
  const y = partner(d, x, (value) => !isFloat(value));
  const isProduct = d.chance(50);
  return statement([x, y], method(isProduct ? "mul" : "add"), (a, p, q) =>
    zipped(a, p, q, (s, t) => (isProduct ? a.mul(s, t) : a.add(s, t))),
  );
};

/** Each as often as it stands here. */
export const elementwise: readonly Operation[] = [
  ...Array<Operation>(8).fill(unary),
  binary,
  binary,
  binary,
  withLiteral,
  withLiteral,
  wholePower,
  comparison,
  logic,
  where,
  where,
  toKind,
  mixed,
];
