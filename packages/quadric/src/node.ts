export { type OnnxOptions, type OnnxProvider, onnx } from "./compiler/onnx/node.ts";
export { writeFileAtomic } from "./node/atomic-file.ts";
export { type FileCheckpointsOptions, fileCheckpoints } from "./node/file-checkpoints.ts";
export { gunzip } from "./node/gunzip.ts";
