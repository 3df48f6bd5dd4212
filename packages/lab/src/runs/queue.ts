/**
 * Runs on a queue in Redis, by BullMQ: `--queue` puts them there, `quadric-lab worker` on any machine takes them.
 *
 * A job says what to run and is named after that and the folder it is for, so that a command called again finds its
 * jobs, finished or not, and none is done twice. The files of a finished run come back in a separate hash and leave
 * Redis when they have arrived. What a worker that died was doing goes to another after `lockSeconds`.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import type { Job } from "bullmq";
import type { Redis } from "ioredis";
import { ConfigError } from "quadric";
import { writeFileAtomic } from "quadric/node";
import { configSchema, readSummary, version } from "quadric-cli/internal";
import { z } from "zod";
import { isFinished, type PlannedRun, slug } from "./matrix.ts";
import { completeRun, type Watcher } from "./workers.ts";

const name = "quadric";

/** A worker that has not been heard of for so long is dead. */
const lockSeconds = 15;
/** Workers that may die on one run, and times it may fail, before that is taken for its own fault. */
const maxAttempts = 3;

/** What a finished run is; summary.json says that it is finished, so it is written last. */
const files = ["run.json", "metrics.jsonl", "parameters.safetensors", "summary.json"] as const;
const filesKey = (id: string): string => `${name}:files:${id}`;

const jobSchema = z.strictObject({
  label: z.string(),
  seed: configSchema.shape.seed,
  flags: configSchema.omit({ scaling: true }).partial(),
});
type JobData = z.infer<typeof jobSchema>;

interface Connection {
  readonly redis: Redis;
  readonly bullmq: typeof import("bullmq");
}

/** @throws {ConfigError} if a package is missing or nobody answers. */
async function connect(url: string, tell: (message: string) => void): Promise<Connection> {
  const [bullmq, { Redis }] = await Promise.all([import("bullmq"), import("ioredis")]).catch(() => {
    throw new ConfigError("--queue: needs the packages bullmq and ioredis. npm install bullmq ioredis");
  });
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    throw new ConfigError("--queue: must be redis://HOST:PORT or rediss://…, got something else.");
  }
  let isOpen = false;
  let lastError: string | undefined;
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (isOpen ? Math.min(100 * 2 ** times, 5000) : null),
  });
  redis.on("ready", () => {
    lastError = undefined;
  });
  redis.on("error", ({ message }) => {
    if (isOpen && lastError === undefined) tell(`the queue is out of reach, trying again: ${message}`);
    lastError = message;
  });
  try {
    await redis.connect();
    await redis.ping();
    isOpen = true;
    return { redis, bullmq };
  } catch (error) {
    redis.disconnect();
    // The address may hold a password.
    throw new ConfigError(
      `--queue: a Redis must answer at ${new URL(url).host}, got: ${lastError ?? (error as Error).message}`,
    );
  }
}

/** Takes all runs to their ends by the workers of the queue; arguments as of `completeRuns`. */
export async function completeOnQueue(
  runs: readonly PlannedRun[],
  {
    queue: url,
    signal,
    watcher,
    tell,
  }: {
    readonly queue: string;
    readonly signal: AbortSignal;
    readonly watcher: Watcher;
    readonly tell: (message: string) => void;
  },
): Promise<void> {
  const { redis, bullmq } = await connect(url, tell);
  const queue = new bullmq.Queue<JobData>(name, { connection: redis });
  const events = new bullmq.QueueEvents(name, { connection: redis });
  // One for each run.
  for (const source of [queue, events]) source.setMaxListeners(0);
  queue.on("error", () => {});
  events.on("error", () => {});
  const jobs = new Map<PlannedRun, Job<JobData>>();
  const finish = async (run: PlannedRun, job: Job<JobData>): Promise<void> => {
    await job.waitUntilFinished(events).catch(async ({ message }) => {
      await job.remove();
      throw new ConfigError(`${run.label}, seed ${run.seed}: ${message}`);
    });
    await receive(redis, job.id!, run.folder);
    await job.remove();
    await redis.del(filesKey(job.id!));
    watcher.end(0, run);
  };
  try {
    for (const run of runs) {
      if (!isFinished(run)) {
        jobs.set(run, await queue.add(run.label, dataOf(run), { jobId: idOf(run), attempts: maxAttempts }));
      }
    }
    await Promise.race([Promise.all([...jobs].map(([run, job]) => finish(run, job))), aborted(signal)]);
  } finally {
    // What a worker is at or has done stays: a later call finds it.
    for (const job of jobs.values()) if (await job.isWaiting()) await job.remove().catch(() => {});
    await events.close();
    await queue.close();
    redis.disconnect();
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });

const dataOf = ({ label, seed, flags }: PlannedRun): JobData => jobSchema.parse({ label, seed, flags });

function idOf(run: PlannedRun): string {
  const identity = JSON.stringify([version, hostname(), resolve(run.folder), dataOf(run)]);
  return `${slug(run.label)}-${run.seed}-${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
}

async function receive(redis: Redis, id: string, folder: string): Promise<void> {
  const received = await redis.hgetallBuffer(filesKey(id));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of files) writeFileAtomic(join(folder, file), received[file]);
}

/**
 * Takes runs from the queue until the signal comes; what it is at then is saved and goes back.
 *
 * @param folder - where runs are while they run. Workers that share it continue each other's from the last checkpoint.
 * @param dataDir - in place of what a job says, which may hold on another machine only.
 * @param workers - runs at a time.
 */
export async function serveQueue(
  url: string,
  {
    folder,
    dataDir,
    workers,
    signal,
    watcher,
    tell,
  }: {
    readonly folder: string;
    readonly dataDir: string | undefined;
    readonly workers: number;
    readonly signal: AbortSignal;
    readonly watcher: Watcher;
    readonly tell: (message: string) => void;
  },
): Promise<void> {
  const { redis, bullmq } = await connect(url, tell);
  const running = new Map<string, PlannedRun>();
  const work = async (job: Job, token?: string): Promise<void> => {
    const id = job.id!;
    const { data, error } = jobSchema.safeParse(job.data);
    if (!data || !/^[a-z0-9][a-z0-9.-]*$/.test(id)) {
      throw new bullmq.UnrecoverableError(`must be a run of this version, got ${error?.message ?? id}`);
    }
    const flags = { ...data.flags, ...(dataDir !== undefined && { dataDir }) };
    const run: PlannedRun = { ...data, flags, folder: join(folder, id) };
    running.set(id, run);
    await completeRun(0, run, signal, watcher).catch((error) => {
      throw error instanceof ConfigError ? new bullmq.UnrecoverableError(error.message) : error;
    });
    if (!readSummary(run.folder)) {
      await job.moveToWait(token);
      throw new bullmq.WaitingError();
    }
    const contents = files.map((file) => [file, readFileSync(join(run.folder, file))]);
    await redis.hset(filesKey(id), Object.fromEntries(contents));
  };
  const worker = new bullmq.Worker(name, work, {
    connection: redis,
    concurrency: workers,
    lockDuration: 1000 * lockSeconds,
    stalledInterval: (1000 * lockSeconds) / 3,
    maxStalledCount: maxAttempts,
  });
  worker.on("error", () => {});
  worker.on("completed", (job) => {
    const run = running.get(job.id!)!;
    watcher.end(0, run);
    rmSync(run.folder, { recursive: true });
  });
  worker.on("failed", (job, { message }) => tell(`${job?.id}: ${message}`));
  await aborted(signal);
  await worker.close();
  redis.disconnect();
}
