/** A process that decodes Parquet, bounded in time and memory: on a damaged page hyparquet promises neither. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ConfigError } from "quadric";

const program = fileURLToPath(new URL("../../bin/decode-parquet.js", import.meta.url));

/** Memory of the process for JavaScript values, MiB. A question asks for 2²⁰ cells at most. */
const mostMemory = 2048;

export interface ParquetDecoder {
  /** The columns of a file, and the rows of each of its row groups; the file stays open. */
  open(path: string): Promise<{ readonly names: readonly string[]; readonly groups: readonly number[] }>;
  /** The cells of a column of the open file as text, rows start to end, end excluded. */
  read(column: string, start: number, end: number): Promise<readonly string[]>;
  close(): void;
}

type Question = { readonly path: string } | { readonly column: string; readonly start: number; readonly end: number };
type Answer<T> = T | { readonly error: string; readonly code?: string };

/** @param seconds - for an answer; defaults to 60, where a million cells take about one. */
export function makeParquetDecoder({ seconds = 60 }: { readonly seconds?: number } = {}): ParquetDecoder {
  let child: ChildProcess | undefined;

  /** The next message of a process, or why there is none. */
  function messageOf(asked: ChildProcess, limit?: number): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    return new Promise((resolve, reject) => {
      const lose = (reason: string) => {
        if (child === asked) child = undefined;
        reject(new ConfigError(`parquet: cannot be read, ${reason}; the file is probably damaged.`));
      };
      asked.once("message", resolve);
      asked.once("exit", () => lose("its decoder came to an end"));
      asked.once("error", ({ message }) => lose(message));
      if (limit === undefined) return;
      timer = setTimeout(() => {
        asked.kill("SIGKILL");
        lose(`a page took more than ${limit} s`);
      }, limit * 1000);
    }).finally(() => {
      clearTimeout(timer);
      asked.removeAllListeners();
    });
  }

  async function ask<T>(question: Question): Promise<T> {
    if (!child?.connected) {
      child = fork(program, {
        execArgv: [`--max-old-space-size=${mostMemory}`],
        serialization: "advanced",
        // V8 has much to say when the memory is full.
        stdio: ["ignore", "ignore", "ignore", "ipc"],
      });
      await messageOf(child);
    }
    child.send(question);
    const answer = (await messageOf(child, seconds)) as Answer<T>;
    if (typeof answer === "object" && answer !== null && "error" in answer) {
      const { error, code } = answer;
      // What the file system says stays as it is.
      if (code !== undefined && /^E(?!RR_)/.test(code)) throw Object.assign(new Error(error), { code });
      throw new ConfigError(`parquet: cannot be read, ${error}.`);
    }
    return answer;
  }

  return {
    open: (path) => ask({ path }),
    read: async (column, start, end) => (await ask<{ cells: string[] }>({ column, start, end })).cells,
    close() {
      child?.kill();
      child = undefined;
    },
  };
}
