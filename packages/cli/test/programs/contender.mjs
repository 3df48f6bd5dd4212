/** Takes the lock it is told of at the time it is told, and says how that went; keeps what it has. */
import { takeLock } from "../../dist/lock.js";

process.on("message", async ({ file, start }) => {
  while (Date.now() < start);
  try {
    await takeLock(file);
    process.send("taken");
  } catch (error) {
    process.send(error.name);
  }
});
process.send("ready");
