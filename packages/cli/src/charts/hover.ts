/** Values under the pointer, without a script: strips of a picture that show what their style sheet hides. */
import { fontSize } from "./chart.ts";
import { escapeText } from "./markup.ts";

/** Shows the values of a strip while the pointer or a finger is on it. */
export const hoverStyle = `.strip rect:first-child { fill: transparent; }
.strip g { visibility: hidden; pointer-events: none; }
.strip:hover g { visibility: visible; }
@media print { .strip { display: none; } }`;

export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Strip {
  /** Of the place it tells about, in pixels. */
  readonly x: number;
  readonly lines: readonly { readonly text: string; readonly fill?: string }[];
}

const lineHeight = 1.3 * fontSize;
const padding = 6;

/** Strips that share a frame: each reaches half the way to its neighbours. */
export function hoverStrips(strips: readonly Strip[], { left, right, top, bottom }: Frame): string {
  return strips
    .map(({ x, lines }, i) => {
      const from = i === 0 ? left : (strips[i - 1].x + x) / 2;
      const to = i === strips.length - 1 ? right : (x + strips[i + 1].x) / 2;
      const width = Math.max(...lines.map(({ text }) => [...text].length)) * 0.58 * fontSize + 2 * padding;
      const boxLeft = Math.max(2, x + 8 + width > right ? x - 8 - width : x + 8);
      const texts = lines.map(
        ({ text, fill = "var(--text)" }, k) =>
          `<text x="${round(boxLeft + padding)}" y="${round(top + padding + (k + 0.8) * lineHeight)}" fill="${fill}">${escapeText(text)}</text>`,
      );
      return (
        `<g class="strip"><rect x="${round(from)}" y="${round(top)}" width="${round(to - from)}" height="${round(bottom - top)}" fill="none"/>` +
        `<g><path d="M${round(x)} ${round(top)}V${round(bottom)}" stroke="var(--faint)"/>` +
        `<rect x="${round(boxLeft)}" y="${round(top)}" width="${round(width)}" height="${round(lines.length * lineHeight + 2 * padding)}" rx="3" fill="var(--background)" stroke="var(--line)"/>` +
        `${texts.join("")}</g></g>`
      );
    })
    .join("");
}

/** At most so many of ascending positions, spread evenly over them. */
export function spaced(positions: readonly number[], most: number): number[] {
  if (positions.length <= most) return [...positions];
  return Array.from({ length: most }, (_, i) => positions[Math.round((i * (positions.length - 1)) / (most - 1))]);
}

const round = (pixels: number): number => Math.round(10 * pixels) / 10;
