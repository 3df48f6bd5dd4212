/**
 * Preloaded into a program: SIGKILL at its KILL_AT-th operation that changes files, in the middle of it if it writes.
 * Between two of them a kill leaves on the disk what one at the second does, so these are all moments there are. With
 * KILL_COUNT the number of operations goes into that file at the end.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { writeFileSync } = fs;
const at = Number(process.env.KILL_AT ?? Infinity);
let operations = 0;
for (const name of [
  "openSync",
  "writeFileSync",
  "fsyncSync",
  "renameSync",
  "linkSync",
  "mkdirSync",
  "rmSync",
  "truncateSync",
]) {
  const own = fs[name];
  fs[name] = (...args) => {
    if (++operations === at) {
      if (name === "writeFileSync") own(args[0], args[1].slice(0, args[1].length >> 1));
      process.kill(process.pid, "SIGKILL");
    }
    return own(...args);
  };
}
syncBuiltinESMExports();
process.on("exit", () => process.env.KILL_COUNT && writeFileSync(process.env.KILL_COUNT, `${operations}`));
