export { onnx } from "./compiler/onnx/onnx-backend.ts";
