/**
 * Installs the system packages that some tests need, where it may (as root on Debian and its relatives); elsewhere says
 * exactly what is missing. Needs nothing when everything is there.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Debian packages, and the file that shows each is installed. */
const needs = [
  { name: "dataset-fashion-mnist", path: "/usr/share/datasets/fashion-mnist", use: "the Fashion-MNIST data" },
  { name: "chromium", path: "/usr/bin/chromium", use: "the browser of the browser tests" },
  { name: "openmpi-bin", path: "/usr/bin/mpirun", use: "Open MPI, for the tests on several ranks" },
  { name: "redis-server", path: "/usr/bin/redis-server", use: "the queue of the sweep tests" },
  { name: "iproute2", path: "/usr/sbin/ip", use: "network namespaces, for the tests on two hosts" },
];

const missing = needs.filter(({ path }) => !existsSync(path));
const install = ["apt-get", "install", "-y", "--no-install-recommends", ...missing.map(({ name }) => name)];

function run(command, ...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"], env }).status === 0;
}

if (missing.length === 0) {
  console.log("setup: everything is installed.");
} else if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
  const [command, ...args] = install;
  const installed = run("apt-get", "update") && run(command, ...args);
  console.log(installed ? `setup: installed ${missing.map(({ name }) => name).join(", ")}.` : "setup: apt-get failed.");
  process.exitCode = installed ? 0 : 1;
} else {
  for (const { name, path, use } of missing)
    console.error(`setup: missing ${use}: package ${name}, looked for ${path}.`);
  console.error(`setup: on Debian or Ubuntu run: sudo apt-get update && sudo ${install.join(" ")}`);
  process.exitCode = 1;
}
