/** What the tests of this folder use of a browser; the rest of it they have in common with Node. */
declare const crossOriginIsolated: boolean;
declare class Worker {
  constructor(url: string | URL, options: { readonly type: "module" });
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "error", listener: (event: { readonly message: string }) => void): void;
  removeEventListener(type: "error", listener: (event: { readonly message: string }) => void): void;
  terminate(): void;
}
