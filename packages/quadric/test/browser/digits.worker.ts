import { onnx, serve } from "../../src/web.ts";
import { type DigitsSettings, digits, summary } from "./digits.ts";
import { readDigits } from "./read-digits.ts";

export interface WorkerSettings extends Pick<DigitsSettings, "method" | "steps" | "batchSize"> {
  /** Threads of the onnx backend; jax on wasm without. */
  readonly threads?: number;
  /** Throws instead. */
  readonly fails?: boolean;
}

serve(async ({ threads, fails, ...settings }: WorkerSettings, { signal, report }) => {
  if (fails) throw new RangeError("no such digits");
  const backend = threads === undefined ? undefined : onnx({ threads });
  const run = await digits(readDigits, { ...settings, backend, signal, callbacks: [report] });
  const { params, parameters, status } = run;
  return { ...summary(run.history), params, parameters, status };
});
