/** The channel between a page and its worker: one for each run. */

/** To the worker itself, with the worker's end of the channel. */
export interface Call {
  readonly quadric: "run";
  readonly settings: unknown;
}

export type FromPage =
  | { readonly type: "abort" }
  /** What the page's callback said to a report. */
  | { readonly type: "answer"; readonly id: number; readonly answer: unknown };

export type FromWorker =
  | { readonly type: "report"; readonly id: number; readonly value: unknown }
  | { readonly type: "result"; readonly value: unknown }
  | { readonly type: "error"; readonly name: string; readonly message: string; readonly stack?: string };

/** The part of a browser's MessagePort that is used, with types for what passes through. */
export interface Port<Sent, Received> {
  postMessage(message: Sent, transfer?: ArrayBuffer[]): void;
  onmessage: ((event: { readonly data: Received }) => void) | null;
  close(): void;
}

export type PagePort = Port<FromPage, FromWorker>;
export type WorkerPort = Port<FromWorker, FromPage>;

/** What arrives at a worker. */
export interface CallEvent {
  readonly data: Partial<Call> | undefined;
  readonly ports: readonly WorkerPort[];
}
