/** Two hosts on this machine: network namespaces joined by a cable, each with a name and addresses of its own. */
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Job, mpirunFlags, start } from "./ranks.ts";

const names = ["a", "b"].map((letter) => `quadric-${process.pid}-${letter}`);
const [here, there] = names;
const addresses = ["10.77.0.1", "10.77.0.2"];

function ip(...args: string[]): void {
  const { status, stderr, error } = spawnSync("ip", args, { encoding: "utf8" });
  if (error || status !== 0) throw new Error(`ip ${args.join(" ")}: ${error ?? stderr.trim()}`);
}

function plug(): void {
  for (const name of names) ip("netns", "add", name);
  ip("link", "add", "eth-0", "netns", here, "type", "veth", "peer", "name", "eth-1", "netns", there);
  names.forEach((name, i) => {
    ip("-n", name, "addr", "add", `${addresses[i]}/24`, "dev", `eth-${i}`);
    ip("-n", name, "link", "set", `eth-${i}`, "up");
    ip("-n", name, "link", "set", "lo", "up");
  });
}

const remove = (): void => {
  for (const name of names) spawnSync("ip", ["netns", "del", name]);
};

/** Why two hosts cannot be made here; undefined where they can. Leaves nothing behind. */
export function missingHosts(): string | undefined {
  try {
    plug();
    return undefined;
  } catch (error) {
    return `network namespaces cannot be made here (${(error as Error).message})`;
  } finally {
    remove();
  }
}

export interface Hosts {
  /** `mpirun` on the first host, one rank on each; `flags` are more of its own. */
  startRanks(flags: readonly string[], program: string, ...args: string[]): Job;
  cutCable(): void;
  /** Whatever runs on either host. */
  processes(): number[];
  remove(): void;
}

/** @param folder - for temporary files and the launch agent, which is what `ssh` is between real hosts. */
export function makeHosts(folder: string): Hosts {
  plug();
  const on = (name: string) => ["netns", "exec", name, "unshare", "--uts", "sh", "-c"];
  const agent = join(folder, "agent.sh");
  writeFileSync(agent, `#!/bin/sh\nshift\nexec ip ${on(there).join(" ")} "hostname quadric-b; $*"\n`);
  chmodSync(agent, 0o755);
  const network = {
    btl: "tcp,self",
    btl_tcp_if_include: "10.77.0.0/24",
    oob_tcp_if_include: "10.77.0.0/24",
    plm_rsh_agent: agent,
  };
  const mca = Object.entries(network).flatMap(([name, value]) => ["--mca", name, value]);
  const hosts = ["--host", addresses.map((address) => `${address}:1`).join(), "-n", "2"];
  return {
    startRanks(flags, program, ...args) {
      const job = ["mpirun", ...mpirunFlags, ...flags, ...mca, ...hosts, process.execPath, program, ...args];
      // Each replaces the one before: the process that is started becomes mpirun.
      return start("ip", [...on(here), 'hostname quadric-a; exec "$@"', "sh", ...job], { TMPDIR: folder });
    },
    cutCable: () => ip("-n", here, "link", "set", "eth-0", "down"),
    processes: () =>
      names.flatMap((name) => {
        const { stdout } = spawnSync("ip", ["netns", "pids", name], { encoding: "utf8" });
        return stdout.split(/\s+/).filter(Boolean).map(Number);
      }),
    remove,
  };
}
