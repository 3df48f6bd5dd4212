// So that float64 arrays of jax-js can be made on Node 20 and 22.
import "./compiler/trace/float16-array.ts";

export { type OnnxOptions, type OnnxProvider, onnx } from "./compiler/backends/onnx/node.ts";
export { type MpiOptions, mpi } from "./distributed/mpi-reducer.ts";
export { writeFileAtomic } from "./node/atomic-file.ts";
export { type FileCheckpoints, type FileCheckpointsOptions, fileCheckpoints } from "./node/file-checkpoints.ts";
