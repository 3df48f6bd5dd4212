export { type LabelledImages, parseCifar10 } from "./data/cifar10.ts";
export { type Columns, type CsvOptions, parseCsv, parseCsvColumns, type Table } from "./data/csv.ts";
export { parseIdx } from "./data/idx.ts";
export { readSafetensors, type SafetensorsFile, writeSafetensors } from "./data/safetensors.ts";
export { type Split, stratifiedSplit } from "./data/split.ts";
