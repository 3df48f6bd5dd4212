/**
 * The path of a method: accepted steps as a line with a dot at each point, rejected ones as a thin line to a hollow
 * dot.
 */
import type { Path, Point } from "../engine/path.ts";
import { methods, strokeOf } from "../methods.ts";

interface TrailProps {
  readonly path: Path;
  /** How many steps are shown. */
  readonly time: number;
  place(point: Point): Point;
}

export function Trail({ path: { method, steps }, time, place }: TrailProps) {
  const taken = steps
    .slice(0, time)
    .map((step) => ({ ...step, from: near(place(step.from)), to: near(place(step.to)) }));
  const points = [...taken.slice(0, 1).map(({ from }) => from), ...taken.filter((s) => s.accepted).map(({ to }) => to)];
  const rejected = taken.filter((step) => !step.accepted);
  const style = strokeOf(method);
  const fill = { fill: style.stroke };
  const isFirstOrder = methods[method].kind === "first order";
  const last = points.at(-1);
  return (
    <g class="trail" style={style}>
      {rejected.map(({ from, to }) => (
        <g key={`${to}`} class="rejected">
          <line x1={from[0]} y1={from[1]} x2={to[0]} y2={to[1]} />
          <circle class="rejected-to" cx={to[0]} cy={to[1]} r={4} />
        </g>
      ))}
      <path d={points.map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join("")} />
      {points.map(([x, y], i) => (
        <circle key={i} class="dot" style={fill} cx={x} cy={y} r={2} />
      ))}
      {last && (
        <circle
          class={isFirstOrder ? "head hollow" : "head"}
          style={isFirstOrder ? undefined : fill}
          cx={last[0]}
          cy={last[1]}
          r={5}
        />
      )}
    </g>
  );
}

/** A diverging method leaves the picture; drawing programs lose their way far outside it. */
function near(point: Point): Point {
  const [x, y] = point.map((pixel) => Math.round(10 * Math.min(1e5, Math.max(-1e5, pixel))) / 10);
  return [x, y];
}
