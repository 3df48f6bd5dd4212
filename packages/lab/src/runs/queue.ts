/**
 * Runs on a queue in Redis, by BullMQ: `--queue` puts them there, `quadric-lab worker` on any machine takes them.
 *
 * A job says what to run and is named after that and the folder it is for, so that a command called again finds its
 * jobs, finished or not, and none is done twice. The files of a finished run come back in a separate hash and leave
 * Redis when they have arrived. What a worker that died was doing goes to another after `lockSeconds`; jobs that a
 * Redis without a disk forgot are put there again. Workers have their runs below a folder of the queue, under names of
 * ours.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Job } from "bullmq";
import type { Redis } from "ioredis";
import { ConfigError } from "quadric";
import { writeFileAtomic } from "quadric/node";
import { configSchema, removeIfEmpty, removeRun, version } from "quadric-cli/internal";
import { z } from "zod";
import { isFinished, type PlannedRun, slug } from "./matrix.ts";
import { completeRun, type Watcher } from "./workers.ts";

const name = "quadric";

/** A worker that has not been heard of for so long is dead. */
const lockSeconds = 15;
/** Workers that may die on one run, and times it may fail, before that is taken for its own fault. */
const maxAttempts = 3;
/** Results that nobody fetches are gone after a week. */
const keptSeconds = 7 * 24 * 3600;
const pollMilliseconds = 250;
/** Time to save a run that is interrupted and to take leave of the queue. */
const farewellMilliseconds = 30_000;

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
  /** Rejects when the Redis has been out of reach for too long. */
  readonly lost: Promise<never>;
}

/** Minutes after which a Redis that does not answer is given up. */
const patienceMinutes = 10;

/** @throws {ConfigError} if a package is missing or nobody answers. */
async function connect(url: string, tell: (message: string) => void): Promise<Connection> {
  const [bullmq, { Redis }] = await Promise.all([import("bullmq"), import("ioredis")]).catch(() => {
    throw new ConfigError("--queue: needs the packages bullmq and ioredis. npm install bullmq ioredis");
  });
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    throw new ConfigError(
      "--queue: must be redis://HOST:PORT or rediss://…, with / ? # @ in a password written as %2F %3F %23 %40, got something else.",
    );
  }
  let isOpen = false;
  let lastError: string | undefined;
  let lostAt = 0;
  const redis = new Redis(decodable(url), {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy(times) {
      const isOver = lastError !== undefined && performance.now() - lostAt > 60_000 * patienceMinutes;
      return isOpen && !isOver ? Math.min(100 * 2 ** times, 5000) : null;
    },
  });
  const lost = new Promise<never>((_, reject) => {
    redis.on("end", () => {
      reject(
        new ConfigError(
          `--queue: a Redis must answer, got none for ${patienceMinutes} minutes. What is finished is kept: call again.`,
        ),
      );
    });
  });
  lost.catch(() => {});
  redis.on("ready", () => {
    lastError = undefined;
  });
  redis.on("error", ({ message }) => {
    if (lastError === undefined) lostAt = performance.now();
    if (isOpen && lastError === undefined) tell(`the queue is out of reach, trying again: ${message}`);
    lastError = message;
  });
  try {
    await redis.connect();
    await redis.ping();
    isOpen = true;
    return { redis, bullmq, lost };
  } catch (error) {
    redis.disconnect();
    // The address may hold a password.
    throw new ConfigError(
      `--queue: a Redis must answer at ${new URL(url).host}, got: ${lastError ?? (error as Error).message}`,
    );
  }
}

/** The address with every % of name and password that stands for itself written as such. */
function decodable(url: string): string {
  const address = new URL(url);
  const safe = (part: string): string => {
    try {
      decodeURIComponent(part);
      return part;
    } catch {
      return part.replaceAll("%", "%25");
    }
  };
  [address.username, address.password] = [safe(address.username), safe(address.password)];
  return address.href;
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
  const { redis, bullmq, lost } = await connect(url, tell);
  const queue = new bullmq.Queue<JobData>(name, { connection: redis });
  queue.on("error", () => {});
  const pending = new Map(runs.filter((run) => !isFinished(run)).map((run) => [idOf(run), run]));
  const put = (id: string, run: PlannedRun) => queue.add(run.label, dataOf(run), { jobId: id, attempts: maxAttempts });
  const attend = async (id: string, run: PlannedRun): Promise<void> => {
    const state = await queue.getJobState(id);
    if (state === "unknown") {
      // A Redis that keeps nothing was started again; or it never had the job.
      await put(id, run);
    } else if (state === "failed") {
      const job = await queue.getJob(id);
      await job?.remove();
      throw new ConfigError(`${run.label}, seed ${run.seed}: ${job?.failedReason}`);
    } else if (state === "completed") {
      const isReceived = await receive(redis, id, run.folder);
      await (await queue.getJob(id))?.remove();
      if (!isReceived) return;
      await redis.del(filesKey(id));
      pending.delete(id);
      watcher.end(0, run);
    }
  };
  const complete = async (): Promise<void> => {
    while (pending.size > 0 && !signal.aborted) {
      await Promise.all([...pending].map(([id, run]) => attend(id, run)));
      if (pending.size > 0) await delay(pollMilliseconds, undefined, { signal }).catch(() => {});
    }
  };
  try {
    await Promise.race([complete(), aborted(signal), lost]);
  } finally {
    // What a worker is at or has done stays: a later call finds it.
    const withdraw = async () => {
      for (const id of pending.keys()) {
        if ((await queue.getJobState(id)) === "waiting") await queue.remove(id);
      }
      await queue.close();
    };
    // Of a Redis that does not answer nothing is asked.
    if (redis.status === "ready")
      await Promise.race([withdraw().catch(() => {}), delay(farewellMilliseconds, undefined, { ref: false })]);
    redis.disconnect();
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve());
  });

const dataOf = ({ label, seed, flags }: PlannedRun): JobData => jobSchema.parse({ label, seed, flags });

const idOf = (run: PlannedRun): string =>
  `${slug(run.label)}-${run.seed}-${hash([version, hostname(), resolve(run.folder), dataOf(run)])}`;

const hash = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);

/** Whether the files were there; they replace those of this run, if it was begun here. */
async function receive(redis: Redis, id: string, folder: string): Promise<boolean> {
  const received = await redis.hgetallBuffer(filesKey(id));
  if (files.some((file) => !received[file])) return false;
  mkdirSync(folder, { recursive: true });
  for (const file of files) writeFileAtomic(join(folder, file), received[file]);
  return true;
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
  const { redis, bullmq, lost } = await connect(url, tell);
  const root = join(folder, "queue");
  const work = async (job: Job, token?: string): Promise<void> => {
    const { data, error } = jobSchema.safeParse(job.data);
    if (!data) throw new bullmq.UnrecoverableError(`must be a run of this version, got ${error.message}`);
    const flags = { ...data.flags, ...(dataDir !== undefined && { dataDir }) };
    // A name that is ours, whatever the job calls itself.
    const run: PlannedRun = { ...data, flags, folder: join(root, hash([job.id, data])) };
    await completeRun(0, run, signal, watcher).catch((error) => {
      throw error instanceof ConfigError ? new bullmq.UnrecoverableError(error.message) : error;
    });
    if (!isFinished(run)) {
      await job.moveToWait(token);
      throw new bullmq.WaitingError();
    }
    const contents = files.map((file) => [file, readFileSync(join(run.folder, file))]);
    // A worker that was stopped and woke up may find its job done by another, and its results fetched.
    if ((await job.getState()) === "active") {
      await redis
        .multi()
        .hset(filesKey(job.id!), Object.fromEntries(contents))
        .expire(filesKey(job.id!), keptSeconds)
        .exec();
    }
    watcher.end(0, run);
    removeRun(run.folder);
  };
  const worker = new bullmq.Worker(name, work, {
    connection: redis,
    concurrency: workers,
    lockDuration: 1000 * lockSeconds,
    stalledInterval: (1000 * lockSeconds) / 3,
    maxStalledCount: maxAttempts,
  });
  worker.on("error", () => {});
  worker.on("failed", (job, { message }) => tell(`${job?.id}: ${message}`));
  try {
    await Promise.race([aborted(signal), lost]);
  } finally {
    await Promise.race([worker.close(), delay(farewellMilliseconds, undefined, { ref: false })]);
    redis.disconnect();
    removeIfEmpty(root);
  }
}
