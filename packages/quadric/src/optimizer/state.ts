/** States of parts inside the state of a whole: `{ v }` of the norm becomes `{ "norm.v" }`. */
import type { BatchTicket, OptimizerState } from "./optimizer.ts";

type Named<T> = Readonly<Record<string, T>>;

/** The states of several parts as one, each part's names behind its prefix and a dot. */
export function joinStates(parts: Named<OptimizerState>): OptimizerState {
  const join = <T>(take: (state: OptimizerState) => Named<T>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(parts).flatMap(([part, state]) =>
        Object.entries(take(state)).map(([name, value]) => [`${part}.${name}`, value]),
      ),
    );
  return { scalars: join((state) => state.scalars), vectors: join((state) => state.vectors) };
}

/** The state of one part; undefined when the whole holds nothing of it. */
export function partOf(whole: OptimizerState, part: string): OptimizerState | undefined {
  const take = <T>(named: Named<T>): [string, T][] =>
    Object.entries(named).flatMap(([name, value]) =>
      name.startsWith(`${part}.`) ? [[name.slice(part.length + 1), value] as [string, T]] : [],
    );
  const [scalars, vectors] = [take(whole.scalars), take(whole.vectors)];
  if (scalars.length === 0 && vectors.length === 0) return undefined;
  return { scalars: Object.fromEntries(scalars), vectors: Object.fromEntries(vectors) };
}

/** The whole without one part. */
export function withoutPart(whole: OptimizerState, part: string): OptimizerState {
  const drop = <T>(named: Named<T>): Record<string, T> =>
    Object.fromEntries(Object.entries(named).filter(([name]) => !name.startsWith(`${part}.`)));
  return { scalars: drop(whole.scalars), vectors: drop(whole.vectors) };
}

export function ticketState(ticket: BatchTicket): OptimizerState {
  return { scalars: { ...ticket }, vectors: {} };
}

export function ticketOf(state: OptimizerState | undefined): BatchTicket | undefined {
  if (!state) return undefined;
  const { epoch, offset, size } = state.scalars;
  return { epoch, offset, size };
}
