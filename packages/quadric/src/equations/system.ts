/**
 * Equations that hold at points, as one vector of residuals of all unknowns:
 *
 *   L = ½ Σⱼ (wⱼ/Nⱼ) Σᵢ rⱼ(xᵢ)²       r = (… √(wⱼ/Nⱼ) rⱼ(xᵢ) …),   L = ½‖r‖²
 *
 * Symbols: j terms, Nⱼ points of a term, wⱼ its weight.
 */
import { numpy as np } from "@jax-js/jax";
import { requireKnown, requirePositive } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { makeRandom } from "../vector/random.ts";
import type { Tensor } from "../vector/tensor.ts";
import { Field } from "./field.ts";
import { Place, type Unknown } from "./place.ts";
import type { PointSet } from "./points.ts";

/** What is to be 0 at some points. */
export interface Term {
  /** One field, or several on the same points, each with a separate mean square. */
  readonly residual: Field | readonly Field[];
  readonly on: PointSet;
  /** Of the mean square, > 0; defaults to 1. */
  readonly weight?: number;
}

/** Columns of each point set, in the order of its coordinates. */
export type Columns = readonly (readonly Tensor[])[];

export interface System {
  readonly unknowns: readonly Unknown[];
  readonly sets: readonly PointSet[];
  /** New points of every set, or the old ones of sets without chance; a share of them, in (0, 1], that defaults to 1. */
  draw(seed: number, stream: number, share?: number): Columns;
  /** Arrays of all unknowns at the start. */
  init(seed: number): Tensor[][];
  /** r, [ΣNⱼ]; consumes its arguments. */
  residuals(arrays: readonly (readonly np.Array[])[], columns: readonly (readonly np.Array[])[]): np.Array;
}

export const residualsOf = ({ residual }: Term): readonly Field[] =>
  residual instanceof Field ? [residual] : residual;

export const asColumns = (columns: readonly Float64Array[]): readonly Tensor[] =>
  columns.map((data) => ({ shape: [data.length], data }));

/** @throws {ConfigError} if a term has a coordinate that its points lack, or nothing is unknown. */
export function systemOf(terms: readonly Term[]): System {
  if (!Array.isArray(terms)) throw new TypeError("solve: terms must be a list, such as [{ residual, on }].");
  if (terms.length === 0) throw new ConfigError("solve: need one or more terms, got none.");
  terms.forEach(requireTerm);
  const sets = [...new Set(terms.map(({ on }) => on))];
  const unknowns = [
    ...new Set(terms.flatMap((term) => residualsOf(term).flatMap(({ source }) => [...source.unknowns]))),
  ];
  if (unknowns.length === 0) throw new ConfigError("solve: a residual must have a network or an unknown, got none.");

  return {
    unknowns,
    sets,
    draw: (seed, stream, share = 1) =>
      sets.map((set, k) => asColumns(set.draw(seed, stream * sets.length + k, Math.ceil(share * set.count)))),
    init: (seed) => unknowns.map((unknown, k) => unknown.init(makeRandom(seed, 2 ** 20 + k))),
    residuals(arrays, columns) {
      const places = sets.map((set, k) => placeOf(unknowns, arrays, set, columns[k]));
      const parts = terms.flatMap((term) => {
        const k = sets.indexOf(term.on);
        const place = places[k];
        const scale = Math.sqrt((term.weight ?? 1) / columns[k][0].shape[0]);
        return residualsOf(term).map(({ source }) => place.valueOf(source).mul(scale));
      });
      const r = parts.length === 1 ? parts[0] : np.concatenate(parts, 0);
      for (const place of places) place.dispose();
      for (const array of [...arrays.flat(), ...columns.flat()]) array.dispose();
      return r;
    },
  };
}

/** Points and unknowns together; the arrays stay the caller's. */
export function placeOf(
  unknowns: readonly Unknown[],
  arrays: readonly (readonly np.Array[])[],
  { coordinates }: Pick<PointSet, "coordinates">,
  columns: readonly np.Array[],
): Place {
  return new Place(
    new Map(coordinates.map((name, i) => [name, columns[i]])),
    new Map(unknowns.map((unknown, i) => [unknown, arrays[i]])),
  );
}

function requireTerm(term: Term, index: number): void {
  requireKnown(`solve: term ${index + 1}`, term, ["residual", "on", "weight"]);
  const { on, weight = 1 } = term;
  requirePositive("solve", `weight of term ${index + 1}`, weight);
  if (!Array.isArray(on?.coordinates)) {
    throw new TypeError(
      `solve: term ${index + 1} must have points, such as points.sobol({ t: [0, 1] }, 100), got ${JSON.stringify(on)}.`,
    );
  }
  for (const field of residualsOf(term)) {
    if (!(field instanceof Field)) {
      throw new TypeError(`solve: the residual of term ${index + 1} must be a field, got ${typeof field}.`);
    }
    requireCoordinates(`the points of term ${index + 1}`, field, on.coordinates);
  }
}

/** @throws {ConfigError} if a field has a coordinate that points lack. */
export function requireCoordinates(what: string, { source }: Field, names: readonly string[]): void {
  const missing = [...source.coordinates].filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new ConfigError(`solve: ${what} must have the coordinates ${missing.join(", ")}, got ${names.join(", ")}.`);
  }
}
