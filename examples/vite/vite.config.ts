import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  worker: { format: "es" },
  // The development server leaves them where they are: they find their .wasm files next to their own modules.
  optimizeDeps: { exclude: ["onnxruntime-web/wasm", "onnxruntime-web/webgpu"] },
});
