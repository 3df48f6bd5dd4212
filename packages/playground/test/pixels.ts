/** Pictures of the page as pixels. */
import type { Page } from "playwright";

/**
 * For each of the elements that fit, of one picture of the whole page: how many of its pixels have a colour, which grid and
 * letters have not, and how many differ from that of its corner.
 */
export async function inkOf(
  page: Page,
  selector: string,
): Promise<{ isChart: boolean; coloured: number; ink: number }[]> {
  const boxes = await page.locator(selector).evaluateAll((each) =>
    each.map((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      return { left: left + scrollX, top: top + scrollY, width, height, isChart: element.tagName === "svg" };
    }),
  );
  const png = (await page.screenshot({ fullPage: true })).toString("base64");
  return page.evaluate(
    async ({ png, boxes }) => {
      const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d", { willReadFrequently: true })!;
      context.drawImage(bitmap, 0, 0);
      return boxes.map(({ left, top, width, height, isChart }) => {
        const { data } = context.getImageData(left, top, Math.max(1, width), Math.max(1, height));
        const counts = { isChart, coloured: 0, ink: 0 };
        for (let i = 0; i < data.length; i += 4) {
          const pixel = [data[i], data[i + 1], data[i + 2]];
          if (Math.max(...pixel) - Math.min(...pixel) > 60) counts.coloured++;
          if (pixel.some((value, channel) => Math.abs(value - data[channel]) > 60)) counts.ink++;
        }
        return counts;
      });
    },
    { png, boxes },
  );
}

/** Whether charts are as wide and as high as their places. */
export const fill = (charts: Element[]): boolean =>
  charts.every((svg) => {
    const { width } = svg.parentElement!.getBoundingClientRect();
    const [ownWidth, ownHeight] = ["width", "height"].map((name) => Number(svg.getAttribute(name)));
    return Math.floor(width) === ownWidth && svg.parentElement!.clientHeight === ownHeight;
  });

/** How far a part of a figure reaches into the next one, in pixels. */
export const overlap = (figures: Element[]): number =>
  Math.max(
    0,
    ...figures.flatMap(({ children }) => {
      const boxes = [...children].map((child) => child.getBoundingClientRect());
      return boxes.slice(1).map(({ top }, i) => boxes[i].bottom - top);
    }),
  );

/** How far the pictures of networks whose captions stand on one line are from standing on one line, in pixels. */
export function unevenness(figures: Element[]): number {
  const topOf = (element: Element) => element.getBoundingClientRect().top;
  const off = figures.flatMap((one) =>
    figures
      .filter((other) => topOf(other) === topOf(one))
      .map((other) => Math.abs(topOf(other.lastElementChild!) - topOf(one.lastElementChild!))),
  );
  return Math.max(0, ...off);
}
