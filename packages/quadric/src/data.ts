export { type Columns, parseCsv } from "./data/csv.ts";
export { parseIdx } from "./data/idx.ts";
export { readNumpy } from "./data/numpy.ts";
export { readSafetensors, type SafetensorsFile, writeSafetensors } from "./data/safetensors.ts";
export { type Split, stratifiedSplit } from "./data/split.ts";
export { rows } from "./training/tree.ts";
export { type Standardization, standardization } from "./vector/standardization.ts";
