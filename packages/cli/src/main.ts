/** Entry of the bin. */
import { cli } from "./cli.ts";

// `quadric train --json | head -1` is a way of stopping, not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await cli(process.argv.slice(2), process.stdout, process.stderr);
