export { parseCifar10 } from "./data/cifar10.ts";
export { type CsvOptions, parseCsv, parseCsvColumns } from "./data/csv.ts";
export { parseIdx } from "./data/idx.ts";
export { readSafetensors, type SafetensorsFile, writeSafetensors } from "./data/safetensors.ts";
export { type Split, stratifiedSplit } from "./data/split.ts";
export { rows } from "./training/tree.ts";
