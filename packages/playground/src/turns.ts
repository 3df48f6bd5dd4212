/** Pictures that change at the same time take turns, one in each animation frame, so that no frame has to draw them all. */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** In the order in which they asked. Who waits already waits no second time, and draws its newest when its turn comes. */
const waiting = new Set<() => void>();

/** Whether a frame is asked for; one that gives up its turn leaves it so. */
let isScheduled = false;

function schedule(): void {
  if (!isScheduled) requestAnimationFrame(next);
  isScheduled = true;
}

/** Has `turn` called in a frame to come. */
export function takeTurn(turn: () => void): void {
  waiting.add(turn);
  schedule();
}

export function giveUpTurn(turn: () => void): void {
  waiting.delete(turn);
}

function next(): void {
  isScheduled = false;
  const [turn] = waiting;
  if (!turn) return;
  waiting.delete(turn);
  if (waiting.size > 0) schedule();
  turn();
}

type Draw = () => ComponentChildren;

/** Shows what `draw` returned at its last turn; nothing before the first. A new function asks for a new turn. */
export function InTurn({ draw }: { readonly draw: Draw }): ComponentChildren {
  const [shown, show] = useState<ComponentChildren>(null);
  const newest = useRef(draw);
  newest.current = draw;
  const turn = useRef(() => show(newest.current()));
  useLayoutEffect(() => takeTurn(turn.current), [draw]);
  useEffect(() => () => giveUpTurn(turn.current), []);
  return shown;
}

/**
 * The same for what speaks of the others: whatever changed with it is shown before it is. So its turn shows what it was when it
 * asked, and if it has changed since, it asks again behind those that changed with it.
 */
export function LastInTurn({ draw }: { readonly draw: Draw }): ComponentChildren {
  const [shown, show] = useState<{ readonly of: Draw; readonly drawn: ComponentChildren }>();
  const newest = useRef(draw);
  newest.current = draw;
  const isShown = shown?.of === draw;
  useLayoutEffect(() => {
    if (isShown) return;
    let turn: (() => void) | undefined;
    const frame = requestAnimationFrame(() => {
      const asked = newest.current;
      turn = () => show({ of: asked, drawn: asked() });
      takeTurn(turn);
    });
    return () => {
      cancelAnimationFrame(frame);
      if (turn) giveUpTurn(turn);
    };
  }, [isShown, shown]);
  return shown?.drawn;
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
