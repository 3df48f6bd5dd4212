/** The worker as the page sees it. */
import type { Answer, Question, Questions } from "./engine/protocol.ts";

const worker = new Worker(new URL("./engine/worker.ts", import.meta.url), { type: "module" });
const waiting = new Map<number, { resolve(answer: never): void; reject(error: Error): void }>();
let asked = 0;

worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
  const { id, answer, error } = data;
  const promise = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) promise?.resolve(answer as never);
  else promise?.reject(new Error(error));
});

export function ask<Q extends Question>(question: Q, ask: Questions[Q]["ask"]): Promise<Questions[Q]["answer"]> {
  const id = ++asked;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, question, ask });
  });
}

/** Asks one question at a time; of those that come while one is being answered only the newest is asked next. */
export function latest<Q extends Question>(
  question: Q,
  then: (answer: Questions[Q]["answer"]) => void,
  failed: (message: string) => void,
): (request: Questions[Q]["ask"]) => void {
  let busy = false;
  let next: { readonly request: Questions[Q]["ask"] } | undefined;
  const go = async (request: Questions[Q]["ask"]): Promise<void> => {
    busy = true;
    try {
      const answer = await ask(question, request);
      then(answer);
    } catch (error) {
      failed((error as Error).message);
    }
    busy = false;
    const newest = next;
    next = undefined;
    if (newest) void go(newest.request);
  };
  return (request) => {
    if (busy) next = { request };
    else void go(request);
  };
}
