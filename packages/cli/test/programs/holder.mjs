/** Takes a lock, says so, and dies with it or gives it free: `holder.mjs FILE die|free [LEASE]`. */
import { takeLock } from "../../dist/lock.js";

const [file, end, lease = "60"] = process.argv.slice(2);
const lock = await takeLock(file, { lease: Number(lease), tell: (message) => console.error(message) });
console.log("taken");
if (end === "die") process.kill(process.pid, "SIGKILL");
await lock.free();
