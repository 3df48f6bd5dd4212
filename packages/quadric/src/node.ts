export { onnx } from "./compiler/onnx/onnx-backend.ts";
export { writeFileAtomic } from "./node/atomic-file.ts";
export { gunzip } from "./node/gunzip.ts";
