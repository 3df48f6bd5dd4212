/** What docs/security.md says of installing, serving and showing. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseHTML } from "linkedom";
import { resolveConfig } from "vite";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly scripts?: Record<string, string>;
  readonly allowScripts?: Record<string, boolean>;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
}
interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

const manifest = (path: string): Manifest => JSON.parse(read(path));
const workspace = manifest("package.json");
const packages = readdirSync(join(root, "packages")).map((name) => manifest(`packages/${name}/package.json`));
const locked: [string, Locked][] = Object.entries(JSON.parse(read("package-lock.json")).packages);
const foreign = locked.filter(([path, { link }]) => path.includes("node_modules/") && !link);

describe("dependencies", () => {
  test("are pinned exactly", () => {
    for (const { name, dependencies, devDependencies } of [workspace, ...packages]) {
      for (const [dependency, version] of Object.entries({ ...dependencies, ...devDependencies })) {
        expect(version, `${dependency} of ${name}`).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      }
    }
  });

  test("come from the registry that npm asks, never from an address, a repository or a folder", () => {
    expect(foreign.length).toBeGreaterThan(500);
    for (const [path, { version, resolved }] of foreign) {
      expect(version, path).toMatch(/^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.]+)?$/);
      if (resolved !== undefined) expect(resolved, path).toMatch(/^https:\/\/registry\.npmjs\.org\//);
    }
  });

  test("have checksums, but for binaries of other platforms that the lock file was not made on", () => {
    for (const [path, { integrity, optional }] of foreign) {
      if (integrity === undefined) expect(optional, path).toBe(true);
      else expect(integrity, path).toMatch(/^sha512-/);
    }
  });

  test("run no script on installation", () => {
    expect(readFileSync(join(root, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
  });
});

test("no package of ours runs anything on installation", () => {
  for (const { name, scripts = {} } of packages) {
    for (const when of ["preinstall", "install", "postinstall", "prepare"])
      expect(scripts, name).not.toHaveProperty(when);
  }
});

describe("servers", () => {
  const texts = (folders: readonly string[]) =>
    folders
      .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
      .filter((file) => file.isFile() && /\.(ts|tsx|js|mjs|html)$/.test(file.name))
      .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), "utf8")]);

  test("are none in what we publish, nor in the page", () => {
    for (const [name, text] of texts(
      ["quadric/src", "cli/src", "cli/bin", "playground/src"].map((it) => `packages/${it}`),
    )) {
      expect(text, name).not.toMatch(/createServer|\.listen\(|["'](node:)?(https?|http2|net|dgram|tls)["']/);
    }
  });

  test("in scripts, benchmarks and examples listen on the loopback address", () => {
    for (const [name, text] of texts(["scripts", "bench", "examples"])) {
      for (const [call] of text.matchAll(/\.listen\([^)]*/g)) expect(call, name).toMatch(/127\.0\.0\.1|localhost/);
    }
  });

  test("of the playground are Vite's, on the loopback address", async () => {
    for (const command of ["serve", "build"] as const) {
      const { server, preview } = await resolveConfig(
        { configFile: join(root, "packages/playground/vite.config.ts") },
        command,
      );
      // Vite listens on localhost unless a host is set.
      expect([server.host, preview.host]).toEqual([undefined, undefined]);
    }
  });
});

test("the playground may load nothing from elsewhere and runs no script written into a page", () => {
  const { document } = parseHTML(read("packages/playground/index.html"));
  const policy = document.querySelector("meta[http-equiv=Content-Security-Policy]")!.getAttribute("content")!;
  expect(policy).toMatch(/^default-src 'none';/);
  expect(policy).not.toMatch(/unsafe-inline|unsafe-eval(?<!wasm-unsafe-eval)|https?:|\*/);
});
