/**
 * The map of a landscape: contours, the paths up to a step, the regions in which one of them trusted its model, and
 * that model at the current step.
 */
import { useEffect, useRef } from "preact/hooks";
import type { Path, Point } from "../engine/path.ts";
import type { Surface } from "../engine/surface.ts";
import type { View } from "../maps.ts";
import { colorOf, type MethodName } from "../methods.ts";
import { Model, Outline } from "./region.tsx";
import { show } from "./scale.ts";
import { Trail } from "./trail.tsx";
import { useWidth } from "./use-width.ts";

interface LandscapeMapProps {
  readonly label: string;
  readonly view: View;
  readonly surface: Surface | undefined;
  readonly paths: readonly Path[];
  /** How many steps of each path are shown. */
  readonly time: number;
  /** The path whose regions and model are shown. */
  readonly focus: MethodName;
  readonly start: Point;
  moveStart(to: Point): void;
}

export function LandscapeMap({ label, view, surface, paths, time, focus, start, moveStart }: LandscapeMapProps) {
  const { ref, width } = useWidth();
  const [spanX, spanY] = [view.right - view.left, view.top - view.bottom];
  const scale = width / spanX;
  const place = ([x, y]: Point): Point => [(x - view.left) * scale, (view.top - y) * scale];
  const regionsOf = ({ method, steps }: Path) =>
    steps.slice(0, Math.max(1, time)).flatMap(({ region, from }) => {
      return region ? [{ region, center: place(from), scale, color: colorOf(method) }] : [];
    });
  const focused = paths.filter(({ method }) => method === focus).flatMap(regionsOf);
  const others = paths.filter(({ method }) => method !== focus).flatMap((path) => regionsOf(path).slice(-1));
  const current = focused.at(-1);

  const moveToPointer = ({ currentTarget, clientX, clientY }: PointerEvent & { currentTarget: Element }) => {
    const box = currentTarget.getBoundingClientRect();
    moveStart([view.left + (clientX - box.left) / scale, view.top - (clientY - box.top) / scale]);
  };
  const nudge = (event: KeyboardEvent) => {
    const by = (spanX / 100) * (event.shiftKey ? 5 : 1);
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!direction) return;
    event.preventDefault();
    moveStart([start[0] + by * direction[0], start[1] + by * direction[1]]);
  };

  return (
    <div ref={ref} class="map" style={{ aspectRatio: `${spanX} / ${spanY}` }}>
      {surface && <Shade surface={surface} />}
      {width > 0 && (
        <svg
          width={width}
          height={width * (spanY / spanX)}
          role="application"
          aria-roledescription="map"
          aria-label={`${label}, start at ${show(start[0])}, ${show(start[1])}. Arrow keys move the start.`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the start.
          tabIndex={0}
          onKeyDown={nudge}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            moveToPointer(event);
          }}
          onPointerMove={(event) => {
            if (event.buttons & 1) moveToPointer(event);
          }}
        >
          <g class="contours" transform={`scale(${scale} ${-scale}) translate(${-view.left} ${-view.top})`}>
            {surface?.contours.map((d) => (
              <path key={d} d={d} />
            ))}
          </g>
          {focused.slice(0, -1).map((region, i) => (
            <Outline key={i} {...region} />
          ))}
          {others.map((region) => (
            <Outline key={region.color} {...region} isCurrent />
          ))}
          {current && <Model {...current} />}
          {paths.map((path) => (
            <Trail key={path.method} path={path} time={time} place={place} />
          ))}
          <circle class="start" cx={place(start)[0]} cy={place(start)[1]} r={7} />
        </svg>
      )}
    </div>
  );
}

/** The values as shades of the text colour, the deeper the darker. */
function Shade({ surface }: { readonly surface: Surface }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const { depth, columns, rows } = surface;
    const pixels = new ImageData(columns, rows);
    for (let i = 0; i < depth.length; i++) pixels.data[4 * i + 3] = depth[i];
    canvas.current!.getContext("2d")!.putImageData(pixels, 0, 0);
  }, [surface]);
  return <canvas ref={canvas} width={surface.columns} height={surface.rows} />;
}
