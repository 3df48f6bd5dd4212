/** The width of an element in pixels, as it changes. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";

export function useWidth(): { ref: { current: HTMLDivElement | null }; width: number } {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    let frame = 0;
    // What the observer measured: asking the element would lay the page out again, and drawing at once would within its
    // callback.
    const observer = new ResizeObserver(([{ contentRect }]) => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => setWidth(Math.floor(contentRect.width)));
    });
    observer.observe(ref.current!);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
    };
  }, []);
  return { ref, width };
}
