/** The page: starts the worker, draws what it reports, stops it. */
import type { StepEvent } from "quadric";
import { runInWorker } from "quadric/web";
import type { Result, Settings } from "./train.worker.ts";

const output = document.getElementById("loss")!;
const stopper = new AbortController();
document.getElementById("stop")!.onclick = () => stopper.abort();

const worker = new Worker(new URL("./train.worker.ts", import.meta.url), { type: "module" });
const settings: Settings = { steps: 150, seed: 1 };
const { status, parameters } = await runInWorker<Result>(worker, settings, {
  signal: stopper.signal,
  callback({ step, loss }: StepEvent) {
    output.textContent = `step ${step}: loss ${loss.toExponential(2)}`;
  },
});
output.textContent += ` (${status}, ${parameters.length} parameters)`;
