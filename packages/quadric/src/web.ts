export { type OnnxOptions, type OnnxProvider, onnx } from "./compiler/backends/onnx/web.ts";
export { preferredProvider } from "./web/preferred-provider.ts";
export { runInWorker, type WorkerLike, type WorkerRunOptions } from "./web/run-in-worker.ts";
export { type Page, serve } from "./web/serve.ts";
