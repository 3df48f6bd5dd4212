/** Whether somebody looks at an element: it is on the screen, and the screen shows the page. */
import { useLayoutEffect, useRef } from "preact/hooks";

export function useInView(changed: (isInView: boolean) => void): { current: HTMLDivElement | null } {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    let isOnScreen = false;
    const tell = () => changed(isOnScreen && document.visibilityState === "visible");
    const observer = new IntersectionObserver(
      (entries) => {
        isOnScreen = entries[entries.length - 1].isIntersecting;
        tell();
      },
      { threshold: 0.1 },
    );
    observer.observe(ref.current!);
    document.addEventListener("visibilitychange", tell);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", tell);
      changed(false);
    };
  }, []);
  return ref;
}

/** Whether pictures may move by themselves. */
export const mayMove = (): boolean => !matchMedia("(prefers-reduced-motion: reduce)").matches;
