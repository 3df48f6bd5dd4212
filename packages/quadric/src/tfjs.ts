export { type ConvertedModel, convertTfjs, type Link } from "./tfjs/convert.ts";
export { fitTfjs, type TfjsData, type TfjsFitOptions, type TfjsRoute, type TfjsRun } from "./tfjs/fit.ts";
export type { TfjsLossFunction, TfjsLossName } from "./tfjs/losses.ts";
export { type TfjsBatch, type TfjsObjective, type TfjsProducts, tfjsObjective } from "./tfjs/objective.ts";
