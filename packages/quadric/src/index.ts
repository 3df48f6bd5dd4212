export { ConfigError, ShapeError, UnsupportedPrimitiveError } from "./errors.ts";
export type { Counts, Ledger, Oracle } from "./objective/ledger.ts";
export type { Layout, TensorSlot } from "./vector/layout.ts";
export type { Dtype, Vector } from "./vector/vector.ts";
