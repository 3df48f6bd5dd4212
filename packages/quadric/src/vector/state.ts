/**
 * What a checkpoint keeps of anything that has a state, and states of parts inside the state of a whole: `{ v }` of the
 * part "norm" is `{ "norm.v" }` of the whole.
 */
import type { Vector } from "./vector.ts";

/** Plain data. A scalar may be any double, ±Infinity included. */
export interface State {
  readonly scalars: Readonly<Record<string, number>>;
  readonly vectors: Readonly<Record<string, Vector>>;
}

/** A text as a state: numbers of its characters. */
export const textState = (text: string): State => ({
  scalars: {},
  vectors: { text: Float64Array.from(text, (character) => character.charCodeAt(0)) },
});

export const textOf = ({ vectors: { text } }: State): string => String.fromCharCode(...text);

type Named<T> = Readonly<Record<string, T>>;

export const emptyState: State = { scalars: {}, vectors: {} };

/** The states of several parts as one, each part's names after its prefix and a dot. */
export function joinStates(parts: Named<State>): State {
  const join = <T>(take: (state: State) => Named<T>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(parts).flatMap(([part, state]) =>
        Object.entries(take(state)).map(([name, value]) => [`${part}.${name}`, value]),
      ),
    );
  return { scalars: join((state) => state.scalars), vectors: join((state) => state.vectors) };
}

/** The state of one part; undefined when the whole holds nothing of it. */
export function partOf(whole: State, part: string): State | undefined {
  const take = <T>(named: Named<T>): [string, T][] =>
    Object.entries(named).flatMap(([name, value]) =>
      name.startsWith(`${part}.`) ? [[name.slice(part.length + 1), value] as [string, T]] : [],
    );
  const [scalars, vectors] = [take(whole.scalars), take(whole.vectors)];
  if (scalars.length === 0 && vectors.length === 0) return undefined;
  return { scalars: Object.fromEntries(scalars), vectors: Object.fromEntries(vectors) };
}

/** The whole without one part. */
export function withoutPart(whole: State, part: string): State {
  const drop = <T>(named: Named<T>): Record<string, T> =>
    Object.fromEntries(Object.entries(named).filter(([name]) => !name.startsWith(`${part}.`)));
  return { scalars: drop(whole.scalars), vectors: drop(whole.vectors) };
}
