/**
 * Ranks that add small vectors without end until something befalls them. Arguments: what (throw, reject, exit, kill or
 * nothing) and the seconds a call may wait. It befalls rank 1 at the fifth sum; rank 0 then says "ready".
 */
import { mpi } from "../../../src/mpi.ts";

const [what, timeout] = process.argv.slice(2);
const reducer = await mpi({ timeout: Number(timeout) });

const faults: Readonly<Record<string, () => unknown>> = {
  throw: () => {
    throw new Error("the loss went wrong");
  },
  reject: () => void Promise.reject(new Error("nobody waited for this")),
  exit: () => process.exit(3),
  kill: () => process.kill(process.pid, "SIGKILL"),
};

for (let i = 0; ; i++) {
  await reducer.sum(Float64Array.of(i));
  if (i === 5 && reducer.rank === 0) console.log("ready");
  if (i === 5 && reducer.rank === 1) faults[what]?.();
}
