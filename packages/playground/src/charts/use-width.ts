/** The width of an element in pixels, as it changes. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { giveUpTurn, takeTurn } from "../turns.ts";

export function useWidth(): { ref: { current: HTMLDivElement | null }; width: number } {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    let measured = 0;
    const draw = () => setWidth(measured);
    // What the observer measured: asking the element would lay the page out again, as would drawing at once.
    const observer = new ResizeObserver(([{ contentRect }]) => {
      measured = Math.floor(contentRect.width);
      takeTurn(draw);
    });
    observer.observe(ref.current!);
    return () => {
      observer.disconnect();
      giveUpTurn(draw);
    };
  }, []);
  return { ref, width };
}
