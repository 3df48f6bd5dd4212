/**
 * Values that a parameter may plausibly have, from where it stands in a formula and from the data:
 *
 *   in x − m            m is one of the x              in exp(k·x), tanh(x/s), …   the argument changes by 0.1 to 30
 *   in K + x            K is ± one of the x            in sin(ω·x)                 ¼ to n/2 periods within the data
 *   in u^k              k from −4 to 4                 elsewhere                   10⁻³ to 10³, ±
 *
 *   in a/(x − p)        p is one of the x, or beyond them by up to their range
 *
 * `aim` carries the values that a part should have down to the parameters in it: what u·v should be, divided by the sizes
 * of v, is what u should be. So units do not matter: x in seconds or in years gives rates in their inverses.
 */
import { type Expression, namesIn } from "./expression.ts";
import { makeMagnitudes, quantilesOf } from "./magnitudes.ts";

/** Candidates of a parameter; those of a frequency are as many as it takes not to miss the right one. */
export type PlausibleValues = ReadonlyMap<string, readonly number[]>;

const sizesOfArguments = [0.1, 0.3, 1, 3, 10, 30];
const exponents = [0.33, 0.5, 1, 1.5, 2, 3, 4];
const anything = Array.from({ length: 7 }, (_, i) => 10 ** (i - 3));
const most = 24;
const mostFrequencies = 600;

const both = (values: readonly number[]): number[] => values.flatMap((value) => [value, -value]);
const negated = (values: readonly number[]): number[] => values.map((value) => -value);
const logarithms = (values: readonly number[]): number[] => values.filter((value) => value > 0).map(Math.log);
const roots = (values: readonly number[], power: number): number[] => {
  const positive = values.map((value) => Math.abs(value) ** (1 / power));
  return power % 2 === 0 ? both(positive) : positive;
};

/** Places within the data and, if asked for, beyond them by up to their range. */
function placesOf(values: ArrayLike<number>, beyond: boolean): number[] {
  const within = quantilesOf(values, 17);
  const [first, last] = [within[0], within[within.length - 1]];
  const steps = beyond ? [0.03, 0.1, 0.3, 1].map((share) => share * (last - first)) : [];
  return [...within, ...steps.flatMap((step) => [first - step, last + step])];
}

const combine = (targets: readonly number[], sizes: readonly number[], f: (a: number, b: number) => number): number[] =>
  targets.flatMap((target) => sizes.map((size) => f(target, size)));

interface Names {
  /** Parameters of which values are wanted. */
  readonly sought: readonly string[];
  /** Those that will be solved for: what they multiply has no size of its own. */
  readonly solved: readonly string[];
  readonly given: Readonly<Record<string, number>>;
}

/** @param columns - by the names of the variables. */
export function plausibleValues(
  expression: Expression,
  { sought, solved, given }: Names,
  columns: ReadonlyMap<string, ArrayLike<number>>,
  y: ArrayLike<number>,
): PlausibleValues {
  const wanted = new Set(sought);
  const typical = new Map(Object.entries(given));
  let found = new Map<string, Set<number>>();
  const frequencies = new Set<string>();
  let countsRange = false;
  /** Whether what is 0 at a place would make the formula infinite there: such places lie outside of the data. */
  let isDivisor = false;

  const isSought = (part: Expression): boolean => namesIn(part).some((name) => wanted.has(name));
  const { varies, valuesOf, sizesOf } = makeMagnitudes(columns, typical, () => countsRange);
  const isSolved = (part: Expression): boolean => namesIn(part).some((name) => solved.includes(name));

  const aim = (part: Expression, targets: readonly number[]): void => {
    if (!isSought(part)) return;
    if (part.kind === "name") {
      const values = found.get(part.name) ?? new Set();
      for (const target of targets) if (Number.isFinite(target)) values.add(Number(target.toPrecision(4)));
      found.set(part.name, values);
    }
    if (part.kind !== "call") return;
    const [u, v] = part.inputs;
    isDivisor &&= "+-*/negative".includes(part.name);
    switch (part.name) {
      case "negative":
        aim(u, negated(targets));
        break;
      case "*":
        aim(u, isSolved(v) ? [1] : combine(targets, sizesOf(v), (a, b) => a / b));
        aim(v, isSolved(u) ? [1] : combine(targets, sizesOf(u), (a, b) => a / b));
        break;
      case "/":
        aim(u, isSolved(v) ? [1] : combine(targets, sizesOf(v), (a, b) => a * b));
        isDivisor = true;
        aim(v, isSolved(u) ? [1] : combine(sizesOf(u), targets, (a, b) => a / b));
        isDivisor = false;
        break;
      case "+":
      case "-":
        aimAtPlace(u, v, part.name === "-", targets);
        aimAtPlace(v, u, part.name === "-", targets);
        break;
      case "^":
      case "pow":
        aim(v, both(exponents));
        aimAtBase(u, v, targets);
        break;
      case "exp":
        aim(u, [...logarithms(targets), ...both(sizesOfArguments)]);
        break;
      case "sin":
      case "cos":
      case "tan":
        aimAtPeriods(u);
        break;
      case "log":
      case "ln":
      case "log2":
      case "log10":
      case "sqrt":
        aim(u, sizesOfArguments);
        break;
      default:
        for (const input of part.inputs) aim(input, both(sizesOfArguments));
    }
  };

  /** What is added to something that varies moves a place of it; what is added to anything else shares its size. */
  const aimAtPlace = (part: Expression, other: Expression, isDifference: boolean, targets: readonly number[]): void => {
    if (!isSought(part)) return;
    if (varies(part) === varies(other)) {
      aim(part, targets);
      return;
    }
    const places = placesOf(valuesOf(other), isDivisor);
    if (varies(part)) aim(part, [...targets, ...both(sizesOf(other))]);
    else aim(part, isDifference ? places : [...targets, ...both(places)]);
  };

  const aimAtBase = (u: Expression, v: Expression, targets: readonly number[]): void => {
    const power = valuesOf(v)[0] || 1;
    const growths = combine(both(sizesOfArguments), sizesOf(v), (a, b) => Math.exp(a / b));
    aim(u, varies(v) ? growths : roots(targets, power));
  };

  /** Frequencies are counted within the range of the data; other sizes would only scatter them. */
  const aimAtPeriods = (part: Expression): void => {
    if (part.kind === "call" && (part.name === "+" || part.name === "-")) {
      part.inputs.forEach(aimAtPeriods);
      return;
    }
    const quarter = Math.PI / 2;
    if (!varies(part)) {
      aim(part, [0, quarter, 2 * quarter, 3 * quarter]);
      return;
    }
    for (const name of namesIn(part)) if (wanted.has(name)) frequencies.add(name);
    const quarters = Array.from({ length: Math.min(mostFrequencies, 2 * y.length) }, (_, i) => (i + 1) * quarter);
    countsRange = true;
    aim(part, quarters);
    countsRange = false;
  };

  // What is typical for one parameter depends on the others: (x − m)²/s² needs m before s.
  for (let round = 0; round < 3; round++) {
    found = new Map();
    aim(expression, quantilesOf(y, 3));
    for (const name of sought) typical.delete(name);
    for (const [name, values] of found) typical.set(name, middle([...values]));
  }
  const limitOf = (name: string): number => (frequencies.has(name) ? mostFrequencies : most);
  return new Map(sought.map((name) => [name, candidates([...(found.get(name) ?? [])], limitOf(name))]));
}

const candidates = (values: readonly number[], limit: number): number[] =>
  values.length === 0 ? [...both(anything), 0] : thinned(values, limit);

/** The median magnitude, with the sign that the most have. */
function middle(values: readonly number[]): number {
  const sorted = values.filter((value) => value !== 0).toSorted((a, b) => Math.abs(a) - Math.abs(b));
  const size = Math.abs(sorted[sorted.length >> 1] ?? 0);
  return sorted.filter((value) => value < 0).length > sorted.length / 2 ? -size : size;
}

/** At most so many, evenly chosen in their order. */
function thinned(values: readonly number[], limit: number): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  if (sorted.length <= limit) return sorted;
  return Array.from({ length: limit }, (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (limit - 1))]);
}
