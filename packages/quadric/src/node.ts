import { ensureFloat16Array } from "./compiler/trace/trace.ts";

export { type OnnxOptions, type OnnxProvider, onnx } from "./compiler/backends/onnx/node.ts";
export { writeFileAtomic } from "./node/atomic-file.ts";
export { type FileCheckpointsOptions, fileCheckpoints, readCheckpoints } from "./node/file-checkpoints.ts";
export { gunzip } from "./node/gunzip.ts";

// So that users' own float64 arrays of jax-js work on Node 20.
ensureFloat16Array();
