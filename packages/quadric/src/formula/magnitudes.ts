/** What the parts of a formula come to on the data, with every parameter at a typical value: ranges and magnitudes. */
import { constants, type Expression, namesIn } from "./expression.ts";
import { functions } from "./functions.ts";

/** Of a sorted list at this share of its length. */
const quantile = (sorted: ArrayLike<number>, share: number): number => sorted[Math.round(share * (sorted.length - 1))];
export function quantilesOf(values: ArrayLike<number>, count: number): number[] {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  return sorted.length === 0 ? [] : Array.from({ length: count }, (_, i) => quantile(sorted, i / (count - 1)));
}

interface Magnitudes {
  readonly varies: (part: Expression) => boolean;
  /** At each point. */
  readonly valuesOf: (part: Expression) => ArrayLike<number>;
  /** Its range, and magnitudes that it takes. */
  readonly sizesOf: (part: Expression) => number[];
}

/**
 * @param columns - by the names of the variables.
 * @param typical - of the parameters, as they are when something is asked; 1 for those it lacks.
 * @param countsRange - whether only the range of a part counts for its size.
 */
export function makeMagnitudes(
  columns: ReadonlyMap<string, ArrayLike<number>>,
  typical: ReadonlyMap<string, number>,
  countsRange: () => boolean,
): Magnitudes {
  const varies = (part: Expression): boolean => namesIn(part).some((name) => columns.has(name));
  const valuesOf = (part: Expression): ArrayLike<number> => {
    if (part.kind === "number") return [part.value];
    if (part.kind === "constant") return [constants[part.name]];
    if (part.kind === "name") return columns.get(part.name) ?? [typical.get(part.name) ?? 1];
    const [a, b] = part.inputs.map(valuesOf);
    const { value } = functions[part.name];
    const length = Math.max(a.length, b?.length ?? 0);
    const at = (values: ArrayLike<number>, i: number) => values[values.length === 1 ? 0 : i];
    return Float64Array.from({ length }, (_, i) => value(at(a, i), b ? at(b, i) : 0));
  };
  const sizesOf = (part: Expression): number[] => {
    const quantiles = quantilesOf(valuesOf(part), 5);
    if (!varies(part) || quantiles.length === 0) return quantiles.filter((value) => value !== 0);
    const range = quantiles[4] - quantiles[0];
    const sizes = countsRange() ? [range] : [range, ...quantiles.slice(1).map(Math.abs)];
    return [...new Set(sizes.filter((size) => size > 0))];
  };
  return { varies, valuesOf, sizesOf };
}
