/**
 * Completes package-lock.json after `npm install`: node scripts/complete-lock.mjs
 *
 * npm leaves out the optional packages of other platforms that the registry at hand does not carry, and `npm ci` then
 * refuses the file. An entry with version, system and processor is enough: only a machine of that kind asks for the
 * rest.
 */
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"];

function platformOf(name) {
  const words = name.split("/").at(-1).split("-");
  const os = words.find((word) => systems.includes(word));
  const cpu = words.find((word) => processors.includes(word));
  if (!os || !cpu) throw new Error(`complete-lock: a platform must be part of the name, got ${name}.`);
  const libc = words.some((word) => word.startsWith("musl")) ? "musl" : "glibc";
  return { cpu: [cpu], ...(os === "linux" && { libc: [libc] }), os: [os] };
}

for (const { optionalDependencies = {}, dev } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    lock.packages[`node_modules/${name}`] ??= { version, ...platformOf(name), ...(dev && { dev }), optional: true };
  }
}
const [root, ...packages] = Object.entries(lock.packages);
packages.sort(([a], [b]) => a.localeCompare(b, "en"));
lock.packages = Object.fromEntries([root, ...packages]);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
