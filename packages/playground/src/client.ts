/** The worker as the page sees it. */
import type { Message, Question, Questions, RaceName } from "./engine/protocol.ts";
import type { RaceNews } from "./engine/race.ts";

const worker = new Worker(new URL("./engine/worker.ts", import.meta.url), { type: "module" });
const waiting = new Map<number, { resolve(answer: never): void; reject(error: Error): void }>();
let asked = 0;

const listeners = new Map<RaceName, (news: RaceNews) => void>();

worker.addEventListener("message", ({ data }: MessageEvent<Message>) => {
  if ("race" in data) {
    listeners.get(data.race)?.(data.news);
    return;
  }
  const promise = waiting.get(data.id);
  waiting.delete(data.id);
  if ("error" in data) promise?.reject(new Error(data.error));
  else promise?.resolve(data.answer as never);
});

/** Has `hear` called with the news of a race. */
export function listen(race: RaceName, hear: (news: RaceNews) => void): void {
  listeners.set(race, hear);
}

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
