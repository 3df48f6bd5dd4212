/** What a process holds: memory after garbage collection, native sessions, jax-js arrays. */
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { init } from "@jax-js/jax";
import { InferenceSession } from "onnxruntime-node";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** Memory after garbage collection, bytes: all that is resident, and the part of it that is JavaScript's heap. */
export function memory(): { resident: number; heap: number } {
  for (let i = 0; i < 4; i++) gc();
  const { rss, heapUsed } = process.memoryUsage();
  return { resident: rss, heap: heapUsed };
}

/** Counts native sessions made and not yet released from now on. */
export function countSessions(): () => number {
  let live = 0;
  const factory = InferenceSession as { create: (...args: unknown[]) => Promise<InferenceSession> };
  const create = factory.create.bind(InferenceSession);
  factory.create = async (...args) => {
    const session = await create(...args);
    const release = session.release.bind(session);
    live++;
    session.release = () => {
      live--;
      return release();
    };
    return session;
  };
  return () => live;
}

interface JaxBackend {
  malloc(...args: unknown[]): number;
  incRef(slot: number): void;
  decRef(slot: number): void;
}

/**
 * Counts the buffers behind jax-js's arrays made and not yet disposed of from now on; jax-js has no count of its own.
 */
export async function countArrays(device: "cpu" | "wasm"): Promise<() => number> {
  await init(device);
  const folder = dirname(createRequire(import.meta.url).resolve("@jax-js/jax"));
  const file = readdirSync(folder).find((name) => /^backend-.*\.js$/.test(name))!;
  const exported: unknown[] = Object.values(await import(/* @vite-ignore */ join(folder, file)));
  const getBackend = exported.find((f) => typeof f === "function" && f.name === "getBackend") as (
    d: string,
  ) => JaxBackend;
  const backend = getBackend(device);
  const references = new Map<number, number>();
  const { malloc, incRef, decRef } = backend;
  const add = (slot: number, change: number) => {
    const count = references.get(slot);
    if (count === undefined) return;
    if (count + change === 0) references.delete(slot);
    else references.set(slot, count + change);
  };
  backend.malloc = (...args) => {
    const slot = malloc.apply(backend, args);
    references.set(slot, 1);
    return slot;
  };
  backend.incRef = (slot) => {
    incRef.call(backend, slot);
    add(slot, 1);
  };
  backend.decRef = (slot) => {
    decRef.call(backend, slot);
    add(slot, -1);
  };
  return () => references.size;
}
