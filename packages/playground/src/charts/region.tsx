/** The region of a step as what it is, a circle or an ellipse, and the model's level lines inside it. */
import { useId } from "preact/hooks";
import type { Point, Region } from "../engine/path.ts";
import { isolines } from "../isolines.ts";

interface RegionProps {
  readonly region: Region;
  /** The point the step starts from, in pixels. */
  readonly center: Point;
  /** Pixels per unit of the plane. */
  readonly scale: number;
  readonly color: string;
}

/** The boundary ‖s‖_A = Δ alone. */
export function Outline({ region, center, scale, color, isCurrent }: RegionProps & { readonly isCurrent?: boolean }) {
  return (
    <ellipse
      class={isCurrent ? "region current" : "region"}
      style={{ stroke: color }}
      {...ellipseOf(region, center, scale)}
    />
  );
}

/** Boundary, inside, and level lines of m(s) = gᵀs + ½sᵀBs. */
export function Model({ region, center, scale, color }: RegionProps) {
  const clip = useId();
  const ellipse = ellipseOf(region, center, scale);
  return (
    <g class="model" style={{ stroke: color }}>
      <clipPath id={clip}>
        <ellipse {...ellipse} />
      </clipPath>
      <ellipse {...ellipse} class="inside" style={{ fill: color }} />
      <path clip-path={`url(#${clip})`} d={levelLines(region, center, scale)} />
    </g>
  );
}

/**
 * {s : sᵀAs ≤ Δ²}: half-axes Δ/√λ along the eigenvectors of A, the first at `angle` to the x axis.
 */
function axesOf({ ellipsoid: [a, b, , c], radius }: Region): { angle: number; halves: Point } {
  const large = (a + c) / 2 + Math.hypot((a - c) / 2, b);
  // Their product is ac − b²; as a difference the smaller one would cancel.
  const small = Math.max((a * c - b * b) / large, 1e-300);
  return { angle: 0.5 * Math.atan2(2 * b, a - c), halves: [radius / Math.sqrt(large), radius / Math.sqrt(small)] };
}

function ellipseOf(region: Region, [cx, cy]: Point, scale: number) {
  const { angle, halves } = axesOf(region);
  // Drawing programs lose their way far outside the picture.
  const [rx, ry] = halves.map((half) => Math.min(1e5, scale * half));
  return { cx, cy, rx, ry, transform: `rotate(${(-angle * 180) / Math.PI} ${cx} ${cy})` };
}

const gridSize = 41;
const levels = 8;

/** On a grid along the region's own axes, so that a thin one has as many cells as a round one. */
function levelLines(region: Region, [cx, cy]: Point, scale: number): string {
  const { angle, halves } = axesOf(region);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const stepAt = (i: number, j: number): Point => {
    const [u, v] = [halves[0] * ((2 * i) / (gridSize - 1) - 1), halves[1] * ((2 * j) / (gridSize - 1) - 1)];
    return [u * cos - v * sin, u * sin + v * cos];
  };
  const values = Float64Array.from({ length: gridSize * gridSize }, (_, k) =>
    modelAt(region, stepAt(k % gridSize, Math.floor(k / gridSize))),
  );
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return Array.from({ length: levels }, (_, n) =>
    isolines(values, gridSize, low + ((high - low) * (n + 0.5)) / levels, (i, j) => {
      const [x, y] = stepAt(i, j);
      return `${(cx + scale * x).toFixed(1)} ${(cy - scale * y).toFixed(1)}`;
    }),
  ).join("");
}

function modelAt({ gradient: [gx, gy], curvature: [a, b, , c] }: Region, [x, y]: Point): number {
  return gx * x + gy * y + 0.5 * (a * x * x + 2 * b * x * y + c * y * y);
}
