/** Pictures that change at the same time take turns, one in each animation frame, so that no frame has to draw them all. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** In the order in which they asked. Who waits already waits no second time, and draws its newest when its turn comes. */
const waiting = new Set<() => void>();

/** Has `turn` called in a frame to come. */
export function takeTurn(turn: () => void): void {
  if (waiting.size === 0) requestAnimationFrame(next);
  waiting.add(turn);
}

export function giveUpTurn(turn: () => void): void {
  waiting.delete(turn);
}

function next(): void {
  const [turn] = waiting;
  if (!turn) return;
  waiting.delete(turn);
  if (waiting.size > 0) requestAnimationFrame(next);
  turn();
}

interface InTurnProps {
  /** What to show; called when the turn has come. A new function asks for a new turn. */
  draw(): ComponentChildren;
  /** Whether what changed with it goes first. */
  readonly isLast?: boolean;
}

/** Shows what `draw` returned at its last turn; nothing before the first. */
export function InTurn({ draw, isLast = false }: InTurnProps): ComponentChildren {
  const [shown, show] = useState<ComponentChildren>(null);
  const newest = useRef(draw);
  newest.current = draw;
  const turn = useRef(() => show(newest.current()));
  useLayoutEffect(() => {
    if (!isLast) return takeTurn(turn.current);
    const frame = requestAnimationFrame(() => takeTurn(turn.current));
    return () => cancelAnimationFrame(frame);
  }, [draw]);
  useEffect(() => () => giveUpTurn(turn.current), []);
  return shown;
}

/** Whether a turn has come since `isDue` held. */
export function useTurn(isDue: boolean): boolean {
  const [hasCome, come] = useState(false);
  useLayoutEffect(() => {
    if (!isDue) return;
    const turn = () => come(true);
    takeTurn(turn);
    return () => giveUpTurn(turn);
  }, [isDue]);
  return hasCome;
}
