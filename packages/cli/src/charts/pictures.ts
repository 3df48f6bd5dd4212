/** Pictures as files: SVG that stands alone, and PNG at twice its size. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { writeFileAtomic } from "quadric/node";
import { fontSize, type Picture } from "./chart.ts";
import { escapeText } from "./markup.ts";
import { background, withBothColours, withLightColours } from "./palette.ts";

const width = 720;

export function writePictures(folder: string, pictures: readonly Picture[]): void {
  mkdirSync(folder, { recursive: true });
  for (const picture of pictures) {
    const svg = standalone(picture);
    writeFileAtomic(join(folder, `${picture.name}.svg`), svg);
    const font = { loadSystemFonts: true, defaultFontFamily: "DejaVu Sans", defaultFontSize: fontSize };
    const image = new Resvg(svg, { font, fitTo: { mode: "zoom", value: 2 } }).render();
    writeFileAtomic(join(folder, `${picture.name}.png`), image.asPng());
  }
}

/** With its title above it, in light colours and on its own background. */
export function standalone(picture: Picture): string {
  return withLightColours(titled(picture));
}

/** The same, dark on a dark screen. */
export function standaloneInBothColours(picture: Picture): string {
  return withBothColours(titled(picture));
}

/** Strips need a style sheet, and a pointer. */
const withoutStrips = (svg: string): string => svg.replace(/<g class="strip">.*?<\/g><\/g>/gs, "");

function titled({ title, description, draw }: Picture): string {
  const top = 30;
  const inner = withoutStrips(draw(width));
  const height = Number(/height="(\d+)"/.exec(inner)?.[1]) + top;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">` +
    `<title>${escapeText(title)}</title><desc>${escapeText(description)}</desc>` +
    `<rect width="100%" height="100%" fill="${background}"/>` +
    `<text x="12" y="20" font-family="system-ui, sans-serif" font-size="15" font-weight="600" fill="var(--text)">${escapeText(title)}</text>` +
    `<g transform="translate(0,${top})">${inner}</g></svg>\n`
  );
}
