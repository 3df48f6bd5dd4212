export type { ClassWeight, TfjsData } from "./tfjs/data.ts";
export { fitTfjs, type TfjsFitOptions, type TfjsRoute, type TfjsRun } from "./tfjs/fit.ts";
export type { TfjsLossFunction, TfjsLossName } from "./tfjs/losses.ts";
export type { PerOutput, TfjsLoss, TfjsMetric } from "./tfjs/losses-of-model.ts";
export type { TfjsCallback, TfjsHistory } from "./tfjs/monitor.ts";
export type { TfjsProducts } from "./tfjs/products.ts";
export { serveTfjs } from "./tfjs/serve.ts";
