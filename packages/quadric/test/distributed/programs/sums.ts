/**
 * What a reducer must do with small vectors; rank 0 prints what every rank got. Argument: number of shards, if fixed.
 */
import { mpi } from "../../../src/distributed/mpi-reducer.ts";
import { term } from "../../helpers/terms.ts";

const reducer = await mpi({ shards: process.argv[2] ? Number(process.argv[2]) : undefined });
const { rank, size, shards } = reducer;

// Every rank's answer in its own places: a sum with zeros gathers.
async function gathered(own: Float64Array): Promise<number[][]> {
  const all = new Float64Array(size * own.length);
  all.set(own, rank * own.length);
  await reducer.sum(all);
  return Array.from({ length: size }, (_, i) => [...all.subarray(i * own.length, (i + 1) * own.length)]);
}

const sums: number[][][] = [];
/** The same, scattered and gathered. */
const pieced: number[][][] = [];
for (const x of [new Float32Array(11), new Float64Array(11)]) {
  x.set(term(rank));
  await reducer.sum(x);
  sums.push(await gathered(Float64Array.from(x)));
  x.set(term(rank));
  const part = await reducer.reduceScatter(x);
  const whole = x.slice().fill(NaN);
  whole.set(part, reducer.part(x.length)[0]);
  await reducer.allGather(whole);
  pieced.push(await gathered(Float64Array.from(whole)));
}
const bytes = Uint8Array.from({ length: 5 }, (_, i) => 10 * rank + i);
await reducer.broadcast(bytes);
await reducer.barrier();
const received = await gathered(Float64Array.from(bytes));
const { calls, bytes: sent } = reducer.communication;
if (rank === 0) console.log(JSON.stringify({ size, shards, sums, pieced, received, calls, sent }));
