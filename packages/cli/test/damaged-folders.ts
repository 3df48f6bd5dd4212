/** Run folders damaged in every way: each file cut, changed, replaced by another or by what is no file. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeRandom } from "../../quadric/src/vector/random.ts";

export interface Damage {
  /** Of the file, below the folder. */
  readonly file: string;
  readonly what: string;
  apply(path: string): void;
}

const replace = (what: string, file: string, content: Uint8Array | string): Damage => ({
  file,
  what,
  apply: (path) => writeFileSync(path, content),
});

/** The file cut off at every byte, bytes changed, left out and put in, its lines out of order. */
function* bytewise(file: string, content: Buffer): Generator<Damage> {
  const random = makeRandom(content.length);
  const below = (bound: number) => Math.floor(random.uniform() * bound);
  for (let end = 0; end < content.length; end++) yield replace(`cut at byte ${end}`, file, content.subarray(0, end));
  for (let at = 0; at < content.length; at++) {
    const changed = Buffer.from(content);
    const bit = below(8);
    changed[at] ^= 1 << bit;
    yield replace(`bit ${bit} of byte ${at}`, file, changed);
  }
  for (let at = 0; at < content.length; at += 7) {
    const [head, tail] = [content.subarray(0, at), content.subarray(at)];
    yield replace(`byte ${at} left out`, file, Buffer.concat([head, tail.subarray(1)]));
    yield replace(`a byte before ${at}`, file, Buffer.concat([head, Buffer.of(below(256)), tail]));
    yield replace(`zeros from byte ${at}`, file, Buffer.concat([head, Buffer.alloc(tail.length)]));
  }
  const lines = content.toString("latin1").split("\n");
  for (let i = 0; i < lines.length; i++) {
    const others = lines.toSpliced(i, 1);
    yield replace(`line ${i} left out`, file, Buffer.from(others.join("\n"), "latin1"));
    yield replace(`line ${i} twice`, file, Buffer.from(lines.toSpliced(i, 0, lines[i]).join("\n"), "latin1"));
    yield replace(`line ${i} last`, file, Buffer.from([...others, lines[i]].join("\n"), "latin1"));
  }
  yield replace("twice", file, Buffer.concat([content, content]));
  yield replace("with a byte order mark", file, Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), content]));
  yield replace("as UTF-16", file, Buffer.from(content.toString("latin1"), "utf16le"));
}

const values: readonly unknown[] = [
  ...[null, true, 0, -1, 0.5, 1e308, -1e308, 2 ** 53, "", "x", "1", "\u001b[2J", "__proto__", "x".repeat(1e5)],
  ...[[], {}, [[]], [null], { constructor: 1 }, [1, 2, 3]],
];

/** Every place of a JSON value with every other kind of value in it, and keys left out, put in and written twice. */
function* jsonwise(file: string, json: unknown, write: (text: string) => Uint8Array | string): Generator<Damage> {
  for (const [path, value] of placesIn(json)) {
    const where = path.join(".");
    for (const other of values)
      yield replace(`${where} = ${brief(other)}`, file, write(JSON.stringify(changed(json, path, () => other))));
    if (path.length > 0)
      yield replace(`${where} left out`, file, write(JSON.stringify(changed(json, path, () => undefined))));
    if (typeof value !== "object" || value === null || Array.isArray(value)) continue;
    for (const key of ["extra", "__proto__", "toString"]) {
      const more = JSON.stringify(changed(json, path, (v) => ({ ...(v as object), "@@": 1 }))).replace(
        '"@@"',
        JSON.stringify(key),
      );
      yield replace(`${where} with ${key}`, file, write(more));
    }
    const [first] = Object.keys(value);
    if (first === undefined) continue;
    const twice = changed(json, path, (v) => ({ ...(v as object), "@@": 0 }));
    yield replace(`${where}.${first} twice`, file, write(JSON.stringify(twice).replace('"@@"', JSON.stringify(first))));
  }
}

const brief = (value: unknown): string => JSON.stringify(value).slice(0, 20);

function* placesIn(value: unknown, path: readonly string[] = []): Generator<[readonly string[], unknown]> {
  yield [path, value];
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* placesIn(inner, [...path, key]);
}

function changed(value: unknown, [key, ...rest]: readonly string[], change: (value: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) };
  copy[key] = changed(copy[key], rest, change);
  return copy;
}

/** What is no file, or not this one, in its place. */
function* replaced(file: string, content: Buffer, others: ReadonlyMap<string, Buffer>): Generator<Damage> {
  const instead = (what: string, make: (path: string) => void): Damage => ({
    file,
    what,
    apply(path) {
      rmSync(path);
      make(path);
    },
  });
  yield instead("missing", () => {});
  yield instead("a folder", (path) => mkdirSync(path));
  yield instead("a folder with something in it", (path) => {
    mkdirSync(path);
    writeFileSync(join(path, "x"), "x");
  });
  yield instead("a link to itself", (path) => symlinkSync(path, path));
  yield instead("a link to nothing", (path) => symlinkSync("nowhere", path));
  yield instead("a link to the same content", (path) => {
    writeFileSync(`${path}.moved`, content);
    symlinkSync(`${path}.moved`, path);
  });
  for (const device of ["zero", "null", "random", "tty"]) {
    yield instead(`a link to /dev/${device}`, (path) => symlinkSync(`/dev/${device}`, path));
  }
  yield instead("a pipe", (path) => execFileSync("mkfifo", [path]));
  yield instead("of 3 GiB", (path) => {
    writeFileSync(path, content);
    truncateSync(path, 3 * 2 ** 30);
  });
  yield instead("a line of 2 MiB", (path) => writeFileSync(path, "x".repeat(2 ** 21)));
  yield instead("nested deep", (path) => writeFileSync(path, "[".repeat(2 ** 20)));
  for (const [name, other] of others) yield instead(`the content of ${name}`, (path) => writeFileSync(path, other));
}

/** @param others - contents of other files, of this run and of another one. */
export function* damages(file: string, content: Buffer, others: ReadonlyMap<string, Buffer>): Generator<Damage> {
  yield* bytewise(file, content);
  yield* replaced(file, content, others);
  if (file.endsWith(".json")) yield* jsonwise(file, JSON.parse(content.toString()), (text) => text);
  if (file.endsWith(".jsonl")) {
    const [first, second, ...rest] = content.toString().split("\n");
    yield* jsonwise(file, JSON.parse(second), (text) => [first, text, ...rest].join("\n"));
  }
  if (file.endsWith(".safetensors")) {
    const end = 8 + Number(content.readBigUInt64LE(0));
    yield* jsonwise(file, JSON.parse(content.toString("utf8", 8, end)), (text) => {
      const header = Buffer.from(text);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header.length));
      return Buffer.concat([length, header, content.subarray(end)]);
    });
  }
}

/** The files of a folder by their names below it. */
export function filesOf(folder: string, names: readonly string[]): Map<string, Buffer> {
  return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
}
