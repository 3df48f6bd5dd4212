/** `quadric-lab worker`: takes the runs of experiments from a queue, on as many machines as there are. */

import { type Command, type Io, integer, listenForInterrupts, tell } from "quadric-cli/internal";
import { lineOf } from "../runs/progress.ts";
import { serveQueue } from "../runs/queue.ts";

export function addWorkerCommand(program: Command, io: Io): void {
  program
    .command("worker")
    .description("Take runs from a queue, each in a separate process, until interrupted.")
    .requiredOption("--queue <url>", "the Redis that holds the queue, such as redis://host:6379")
    .option("--data-dir <folder>", "where the files of a named data set are on this machine")
    .option("--workers <n>", "runs at a time, each a process", integer("--workers", 1), 1)
    .option("--out <folder>", "where runs are while they run", "runs")
    .action(async ({ queue, dataDir, workers, out }) => {
      const interrupts = listenForInterrupts((message) => tell(io, message));
      const watcher = {
        begin() {},
        step() {},
        end: (_: number, run: Parameters<typeof lineOf>[0]) => io.err.write(`${lineOf(run)}\n`),
      };
      try {
        await serveQueue(queue, {
          folder: out,
          dataDir,
          workers,
          signal: interrupts.signal,
          watcher,
          tell: (message) => tell(io, message),
        });
        io.exitCode = interrupts.exitCode!;
      } finally {
        interrupts.stopListening();
      }
    });
}
