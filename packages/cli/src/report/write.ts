/** A report as files: the page, and every picture of it if asked. */
import { join } from "node:path";
import { writeFileAtomic } from "quadric/node";
import { writePictures } from "../charts/pictures.ts";
import { type ReportPage, renderPage } from "./page.ts";

/** @param pictures - a folder for all pictures as SVG and PNG. */
export function writeReport(page: ReportPage, { out, pictures }: { out: string; pictures: string | undefined }): void {
  writeFileAtomic(out, renderPage(page));
  if (pictures === undefined) return;
  writePictures(
    pictures,
    [...page.opening, ...page.sections].flatMap((section) => section.pictures),
  );
  page.reconstructions.forEach(({ png }, i) => {
    writeFileAtomic(join(pictures, `reconstructions-${i + 1}.png`), png);
  });
}
