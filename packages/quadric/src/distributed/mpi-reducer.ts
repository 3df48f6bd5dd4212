/**
 * The ranks of an MPI job. With a fixed number of shards vectors are summed by a tree (sum-tree.ts), else as the MPI
 * library prefers.
 */
import { hostname } from "node:os";
import { ConfigError } from "../errors.ts";
import type { Communicator, Reducer, ReducerOptions } from "../training/reducer.ts";
import type { Vector } from "../vector/vector.ts";
import { cut, requireShards } from "./cut.ts";
import { distributionOf } from "./distribution.ts";
import { findLauncher } from "./launcher.ts";
import { loadMpi, type MpiLibrary } from "./mpi-library.ts";
import { oneProcess } from "./one-process.ts";
import { mirrored, sumTree } from "./sum-tree.ts";

export interface MpiOptions extends ReducerOptions {
  /**
   * Seconds a call may wait for the other ranks before the job is given up, > 0; defaults to 600. It ends a job whose
   * network is cut if the launcher does not notice.
   */
  readonly timeout?: number;
  /** Path or name of the MPI library; defaults to what the system finds under the usual names. */
  readonly library?: string;
}

/** Some thread calls at a time, not always the same. */
const threadSerialized = 2;

/**
 * Joins the job this process was started in by mpirun or srun; without a launcher, `oneProcess`. To be called once,
 * before anything that takes long. From then on an uncaught error on any rank is printed with the rank and ends the
 * whole job.
 *
 * @throws {ConfigError} if koffi or an MPI library is missing, or the launcher belongs to another MPI.
 * @throws {RangeError} if `shards` is not a power of two and a multiple of the number of ranks.
 * @example
 * const reducer = await mpi(); // mpirun -n 4 node program.js
 * const run = await fit(problem, data, { backend: onnx(), reducer });
 */
export async function mpi({ shards, timeout = 600, library }: MpiOptions = {}): Promise<Reducer> {
  if (!(timeout > 0)) throw new RangeError(`mpi: timeout must be > 0 seconds, got ${timeout}.`);
  const launcher = findLauncher(process.env);
  if (!launcher) return oneProcess({ shards });
  if (shards !== undefined) requireShards("mpi", shards, launcher.size);
  const lib = await loadMpi(library);
  // A waiting rank of Open MPI spins; let it give its core to one that computes. Read by MPI_Init.
  process.env.OMPI_MCA_mpi_yield_when_idle ??= "1";
  const provided = [0];
  lib.initThread(0, 0, threadSerialized, provided);
  const [rank, size] = [lib.commRank, lib.commSize].map((call) => {
    const answer = [0];
    call(lib.world, answer);
    return answer[0];
  });
  if (size !== launcher.size) {
    throw new ConfigError(
      `mpi: ${launcher.name} must start the ranks of one job, got ${launcher.size} jobs of ${size}: the library belongs to another MPI. Use the mpirun that came with it, or give its path as library.`,
    );
  }
  if (provided[0] < threadSerialized) {
    throw new ConfigError("mpi: the library must allow calls from several threads (MPI_THREAD_SERIALIZED), got less.");
  }
  const communicator = join(lib, { rank, size, shards, timeout });
  return { ...communicator, distribution: distributionOf(communicator) };
}

interface RankInfo {
  readonly rank: number;
  readonly size: number;
  readonly shards: number | undefined;
  readonly timeout: number;
}

function join(lib: MpiLibrary, { rank, size, shards, timeout }: RankInfo): Communicator {
  const name = `rank ${rank} of ${size} on ${hostname()}`;
  const communication = { calls: 0, bytes: 0, seconds: 0 };
  let isOpen = true;
  let pending = 0;
  let last: Promise<void> = Promise.resolve();

  const abort = (code: number): never => {
    isOpen = false;
    lib.abort(lib.world, code);
    return process.exit(code);
  };
  const fail = (message: string, code = 1): never => {
    process.stderr.write(`quadric: ${name}: ${message}\n`);
    return abort(code);
  };
  const onUncaught = (error: unknown) => fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const close = (): void => {
    if (isOpen) lib.finalize();
    isOpen = false;
    process.off("uncaughtException", onUncaught).off("unhandledRejection", onUncaught).off("exit", onExit);
  };
  // MPI_Finalize waits for all ranks, so only one that has come to its end may call it.
  const onExit = (code: number): void => {
    if (code === 0 && pending === 0) close();
    else if (isOpen) fail(`left before its end, with exit code ${code}.`, code || 1);
  };
  process.on("uncaughtException", onUncaught).on("unhandledRejection", onUncaught).on("exit", onExit);

  const { typeOf, world } = lib;
  const run = (call: MpiLibrary["barrier"], ...args: unknown[]): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(
        () => fail(`waited ${timeout} s for the other ranks; one of them or the network is gone.`),
        timeout * 1000,
      );
      call.async(...args, (error: unknown, code: number) => {
        clearTimeout(timer);
        if (error || code !== 0) fail(`a call of the MPI library failed: ${error ?? `error ${code}`}.`);
        resolve();
      });
    });

  /** One call after the other, as the thread level wants it, each counted. */
  const inTurn = (bytes: number, work: () => Promise<void>): Promise<void> => {
    if (!isOpen) throw new Error("mpi: the reducer must be open, got a call after close.");
    pending++;
    last = last.then(async () => {
      const begin = performance.now();
      await work();
      communication.calls++;
      communication.bytes += bytes;
      communication.seconds += (performance.now() - begin) / 1000;
      pending--;
    });
    return last;
  };

  const exchange = (partner: number, give: Vector, take: Vector): Promise<void> => {
    const type = typeOf(give);
    const sent = [give, give.length, type, partner, 0];
    return run(lib.sendrecv, ...sent, take, take.length, type, partner, 0, world, lib.ignoreStatus);
  };
  const tree = shards === undefined ? undefined : sumTree(rank, size, exchange);
  const place = tree ? mirrored(rank, size) : rank;
  const part = (length: number) => [cut(place, size, length), cut(place + 1, size, length)] as const;
  /** Lengths of all parts and where they begin, in the order of the ranks. */
  const parts = (length: number) => {
    const places = Int32Array.from({ length: size }, (_, i) => cut(i, size, length));
    return { places, counts: places.map((begin, i) => cut(i + 1, size, length) - begin) };
  };

  return {
    rank,
    size,
    shards: shards ?? size,
    communication,
    part,
    sum: (x) =>
      inTurn(x.byteLength, () =>
        tree ? tree.sum(x) : run(lib.allreduce, lib.inPlace, x, x.length, typeOf(x), lib.sum, world),
      ),
    async reduceScatter(x) {
      const [begin, end] = part(x.length);
      await inTurn(x.byteLength, () =>
        tree
          ? tree.scatter(x)
          : run(lib.reduceScatter, lib.inPlace, x, parts(x.length).counts, typeOf(x), lib.sum, world),
      );
      // MPI leaves its answer at the beginning.
      return tree ? x.subarray(begin, end) : x.subarray(0, end - begin);
    },
    allGather(x) {
      const [begin, end] = part(x.length);
      const { counts, places } = parts(x.length);
      const type = typeOf(x);
      return inTurn((end - begin) * x.BYTES_PER_ELEMENT, () =>
        tree ? tree.gather(x) : run(lib.allgatherv, lib.inPlace, 0, type, x, counts, places, type, world),
      );
    },
    broadcast: (x) => inTurn(x.byteLength, () => run(lib.bcast, x, x.length, typeOf(x), 0, world)),
    barrier: () => inTurn(0, () => run(lib.barrier, world)),
    abort,
    close,
  };
}
