/**
 * The calls of MPI that are used here, by koffi. Open MPI's handles are addresses of its symbols, MPICH's are fixed
 * integers.
 *
 * Three things that are not obvious: koffi's stack for asynchronous calls is too small for MPICH by default; a library
 * that is unloaded at exit while MPI's own threads run crashes, hence RTLD_NODELETE; Open MPI's plug-ins look for its
 * symbols in the global scope.
 */
import { ConfigError } from "../errors.ts";
import type { Vector } from "../vector/vector.ts";

type Memory = Vector | Uint8Array | Int32Array;

/** Blocks the caller, or runs on another thread and blocks nobody. */
interface Call {
  (...args: unknown[]): number;
  async(...args: unknown[]): void;
}

export interface MpiLibrary {
  readonly initThread: Call;
  readonly commRank: Call;
  readonly commSize: Call;
  readonly allreduce: Call;
  readonly reduceScatter: Call;
  readonly allgatherv: Call;
  readonly sendrecv: Call;
  readonly bcast: Call;
  readonly barrier: Call;
  readonly abort: Call;
  readonly finalize: Call;
  readonly world: bigint;
  readonly sum: bigint;
  readonly inPlace: bigint;
  readonly ignoreStatus: bigint;
  typeOf(memory: Memory): bigint;
}

const soname = ["libmpi.so.40", "libmpi.so.12", "libmpich.so.12", "libmpi.so"];
/** RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE of Linux. */
const openFlags = 0x2 | 0x100 | 0x1000;

/**
 * @param path - the library; defaults to the first of its usual names that the system finds.
 * @throws {ConfigError} that says what to install.
 */
export async function loadMpi(path?: string): Promise<MpiLibrary> {
  const { default: koffi } = await import("koffi").catch(() => {
    throw new ConfigError("mpi: needs the package koffi, which is not installed. npm install koffi");
  });
  koffi.config({ ...koffi.config(), async_stack_size: 2 << 20 });
  const open = koffi.load(null).func("void *dlopen(const char *path, int flags)");
  const names = path === undefined ? soname : [path];
  const name = names.find((candidate) => open(candidate, openFlags) !== null);
  if (name === undefined) {
    throw new ConfigError(
      `mpi: needs an MPI library, found none of ${names.join(", ")}. On Debian: apt install openmpi-bin`,
    );
  }
  const library = koffi.load(name, { global: true });
  const call = (signature: string) => library.func(signature) as Call;
  let handles: Pick<MpiLibrary, "world" | "sum" | "inPlace" | "ignoreStatus"> & {
    readonly float: bigint;
    readonly double: bigint;
    readonly byte: bigint;
  };
  try {
    const address = (symbol: string): bigint => BigInt(library.symbol(`ompi_mpi_${symbol}`));
    handles = {
      world: address("comm_world"),
      sum: address("op_sum"),
      float: address("float"),
      double: address("double"),
      byte: address("byte"),
      inPlace: 1n,
      ignoreStatus: 0n,
    };
  } catch {
    handles = {
      world: 0x44000000n,
      sum: 0x58000003n,
      float: 0x4c00040an,
      double: 0x4c00080bn,
      byte: 0x4c00010dn,
      inPlace: -1n,
      ignoreStatus: 1n,
    };
  }
  const { float, double, byte, ...rest } = handles;
  return {
    ...rest,
    initThread: call("int MPI_Init_thread(intptr_t argc, intptr_t argv, int required, _Out_ int *provided)"),
    commRank: call("int MPI_Comm_rank(intptr_t comm, _Out_ int *rank)"),
    commSize: call("int MPI_Comm_size(intptr_t comm, _Out_ int *size)"),
    allreduce: call("int MPI_Allreduce(intptr_t from, void *to, int count, intptr_t type, intptr_t op, intptr_t comm)"),
    reduceScatter: call(
      "int MPI_Reduce_scatter(intptr_t from, void *to, const int *counts, intptr_t type, intptr_t op, intptr_t comm)",
    ),
    allgatherv: call(
      "int MPI_Allgatherv(intptr_t from, int count, intptr_t type, void *to, const int *counts, const int *places, intptr_t toType, intptr_t comm)",
    ),
    sendrecv: call(
      "int MPI_Sendrecv(void *from, int count, intptr_t type, int to, int tag, void *into, int room, intptr_t intoType, int source, int intoTag, intptr_t comm, intptr_t status)",
    ),
    bcast: call("int MPI_Bcast(void *memory, int count, intptr_t type, int root, intptr_t comm)"),
    barrier: call("int MPI_Barrier(intptr_t comm)"),
    abort: call("int MPI_Abort(intptr_t comm, int code)"),
    finalize: call("int MPI_Finalize()"),
    typeOf: (memory) => (memory instanceof Float32Array ? float : memory instanceof Float64Array ? double : byte),
  };
}
