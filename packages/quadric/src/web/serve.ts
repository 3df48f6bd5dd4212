/** The worker's side of a run in a worker. */
import type { CallEvent, FromWorker, WorkerPort } from "./channel.ts";
import { buffersOf, hostTree } from "./host-tree.ts";

/** What a run in a worker has of its page. */
export interface Page {
  /** Aborts when the page's signal does: `fit(…, { signal })`. */
  readonly signal: AbortSignal;
  /**
   * Calls the page's callback with a copy of the value and resolves to its answer, so that a run waits for its
   * page, and "stop" ends it: `fit(…, { callbacks: [report] })`.
   */
  readonly report: (value: unknown) => Promise<unknown>;
}

/**
 * Makes this worker run `run` whenever the page calls `runInWorker`. To be called while the module loads.
 *
 * What it returns goes to the page: jax arrays as tensors `{ shape, data }`, and the memory of all arrays moved, not
 * copied, so it must return nothing that it needs again. What it throws rejects the page's promise.
 *
 * @example
 * serve((settings: FitOptions, { signal, report }) => fit(problem, data, { ...settings, signal, callbacks: [report] }));
 */
export function serve<Settings>(run: (settings: Settings, page: Page) => unknown): void {
  const scope = globalThis as unknown as {
    addEventListener(type: "message", listener: (event: CallEvent) => void): void;
  };
  scope.addEventListener("message", ({ data, ports: [port] }) => {
    if (data?.quadric === "run") void answer(data.settings as Settings, port);
  });

  async function answer(settings: Settings, port: WorkerPort): Promise<void> {
    const send = (message: FromWorker, moved: Iterable<ArrayBuffer> = []) => port.postMessage(message, [...moved]);
    const controller = new AbortController();
    const waiting = new Map<number, (answer: unknown) => void>();
    let reports = 0;
    port.onmessage = ({ data }) => {
      if (data.type === "abort") return controller.abort();
      waiting.get(data.id)?.(data.answer);
      waiting.delete(data.id);
    };
    const report = (value: unknown): Promise<unknown> =>
      new Promise((resolve) => {
        const id = reports++;
        waiting.set(id, resolve);
        send({ type: "report", id, value });
      });
    try {
      const value = await hostTree(await run(settings, { signal: controller.signal, report }));
      send({ type: "result", value }, buffersOf(value));
    } catch (cause) {
      const { name, message, stack } = cause instanceof Error ? cause : new Error(String(cause));
      send({ type: "error", name, message, stack });
    }
  }
}
