/** What quadric-lab takes for its pictures and pages, apart from `internal.ts`: it takes long to load. */
export type { Band } from "./charts/band.ts";
export type { Picture } from "./charts/chart.ts";
export { linesPicture } from "./charts/lines-picture.ts";
export { strokeOf } from "./charts/palette.ts";
export { standalone } from "./charts/pictures.ts";
export { makeReport } from "./report/report.ts";
export type { References } from "./report/run-pictures.ts";
export { writeReport } from "./report/write.ts";
