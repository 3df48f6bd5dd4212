/**
 * Ranks that add small vectors without end until something befalls them. Arguments: what (throw, reject, exit, kill or
 * nothing). It befalls rank 1 after the sixth sum, before which rank 0 says "ready".
 */
import { mpi } from "../../../src/distributed/mpi-reducer.ts";

const [what] = process.argv.slice(2);
const reducer = await mpi();

const faults: Readonly<Record<string, () => unknown>> = {
  throw: () => {
    throw new Error("the loss went wrong");
  },
  reject: () => void Promise.reject(new Error("nobody waited for this")),
  exit: () => process.exit(3),
  kill: () => process.kill(process.pid, "SIGKILL"),
};

for (let i = 0; ; i++) {
  if (i === 5 && reducer.rank === 0) console.log("ready");
  await reducer.sum(Float64Array.of(i));
  if (i === 5 && reducer.rank === 1) faults[what]?.();
}
