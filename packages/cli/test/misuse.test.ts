/** Bad input of every kind: exit code 2, one line that says what must hold, nothing left behind. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { readSafetensors } from "quadric/data";
import { beforeAll, describe, expect, test } from "vitest";
import { takeLock } from "../src/lock.ts";
import { identityOf, parametersFile } from "../src/run-files.ts";
import { bin, buildIfStale } from "./bin.ts";
import { quadric, temporaryFolder, writeCsv } from "./command.ts";

const folder = temporaryFolder();
const at = (...names: string[]) => join(folder, ...names);
const digits = new URL("../data/digits/", import.meta.url).pathname;
const names = readdirSync(digits).filter((name) => name.endsWith(".gz"));

/** A copy of the digits in which one file is changed, or taken away. */
function damagedDigits(name: string, file: string, change: (content: Buffer) => Buffer | undefined): string {
  mkdirSync(at(name));
  for (const each of names) {
    const content = readFileSync(join(digits, each));
    const kept = each === file ? change(content) : content;
    if (kept) writeFileSync(at(name, each), kept);
  }
  return at(name);
}

/** The same for the bytes inside the gzip file. */
const unpacked = (change: (bytes: Buffer) => Buffer) => (content: Buffer) => gzipSync(change(gunzipSync(content)));

async function misuse(args: string[], message: RegExp): Promise<void> {
  const { code, out, err } = await quadric("train", ...args, "--steps", "2", "--out", at("run"));
  expect(err).toMatch(message);
  expect(err.trimEnd().split("\n").length).toBe(1);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(existsSync(at("run"))).toBe(false);
}

describe("data files", () => {
  const images = "train-images-idx3-ubyte.gz";
  const labels = "train-labels-idx1-ubyte.gz";
  test.each<[string, string, (content: Buffer) => Buffer | undefined, RegExp]>([
    ["missing", labels, () => undefined, /train-images and train-labels must both be there, got only one of them\./],
    ["truncated", images, (content) => content.subarray(0, 1000), /images.*gunzip: a whole gzip stream is needed, got/],
    ["truncated inside", images, unpacked((bytes) => bytes.subarray(0, 1000)), /idx: shape \[1437, 8, 8\] must have/],
    ["not what it is called", labels, () => Buffer.from("hello"), /labels.*idx: a file must start with two zero bytes/],
    ["of another length", labels, unpacked(withoutLastLabel), /labels must have shape \[1437\].*got \[1436\]/],
    ["with a label out of range", labels, unpacked(withLastLabel(200)), /targets: each must be .* 0 to 9.*got 200/],
  ])("a data file is %s", async (what, file, change, message) => {
    const data = damagedDigits(what, file, change);
    await misuse(["--data", data, "--model", "mlp:64-8-10", "--loss", "cross-entropy"], message);
  });

  test("a file is corrupt: a bit changed inside its gzip stream", async () => {
    const flip = (content: Buffer) =>
      Buffer.from(content.map((byte, i) => (i === content.length - 6 ? byte ^ 1 : byte)));
    await misuse(["--data", damagedDigits("corrupt", images, flip)], /gunzip: a whole gzip stream is needed/);
  });

  test.each<[string, string[], RegExp]>([
    ["a path that is not there", ["--data", "no-such.csv"], /--data: must be digits, .* got "no-such\.csv"/],
    ["a folder without data", ["--data", tmpdir()], /must hold train-images-idx3-ubyte .*, got neither/],
    ["cifar10 without a folder", ["--data", "cifar10"], /cifar10: the folder .* got no --data-dir/],
    ["a folder that is not there", ["--data", "fashion-mnist", "--data-dir", "nowhere"], /nowhere, got no such folder/],
  ])("%s", (_, args, message) => misuse(args, message));
});

describe("CSV files", () => {
  test.each<[string, (lines: string[]) => string[], string[], RegExp]>([
    ["a missing cell", (lines) => [...lines, "1,0"], [], /table: line 22: must have 3 cells, got 2/],
    ["an unknown target", (lines) => lines, ["--target", "z"], /column must be one of "x", "y", "side", got "z"/],
    ["no examples", (lines) => lines.slice(0, 1), [], /must have at least one row of values, got a header alone/],
    [
      "too few to keep some for testing",
      (lines) => lines.slice(0, 3),
      [],
      /--test-fraction: must leave examples on both/,
    ],
    [
      "targets that are no classes",
      (lines) => lines,
      ["--target", "x", "--loss", "cross-entropy"],
      /target "x": must repeat to be classes, got 20 in 20 rows/,
    ],
    [
      "targets outside [0, 1]",
      (lines) => lines,
      ["--target", "x", "--loss", "bce", "--model", "mlp:2-1"],
      /each must be in \[0, 1\]/,
    ],
  ])("%s", async (what, change, args, message) => {
    await misuse(["--data", writeCsv(at(`${what}.csv`), change), ...args], message);
  });
});

describe("flags", () => {
  test.each<[string, string[], RegExp]>([
    ["unknown, with a suggestion", ["--lerning-rate", "1"], /unknown option '--lerning-rate'/],
    ["misspelt, with a suggestion", ["--epoch", "1"], /unknown option '--epoch' \(Did you mean --epochs\?\)/],
    ["without its value", ["--seed"], /--seed: must be an integer ≥ 0, got "--steps"/],
    ["no number", ["--lr", "fast"], /--lr: must be a number > 0, got "fast"/],
    ["out of range", ["--radius", "-1"], /--radius: must be a number > 0, got "-1"/],
    [
      "of more threads than any machine has",
      ["--threads", "1000000"],
      /--threads: must be an integer from 1 to 1024, got/,
    ],
    [
      "of a model that no memory holds",
      ["--model", "mlp:64-1000000-1000000-10"],
      /--model: must have at most 500000000 parameters, got 1000076000010/,
    ],
    ["not an integer", ["--batch-size", "1.5"], /--batch-size: must be an integer ≥ 1, got "1\.5"/],
    ["none of the choices", ["--optimizer", "tr-rmspop"], /--optimizer: must be one of .*tr-rmsprop.*got "tr-rmspop"/],
    [
      "meaningless to the optimizer",
      ["--lr", "1", "--optimizer", "trust-region"],
      /--lr: means nothing to --optimizer trust-region, which takes .*--radius/,
    ],
    [
      "of a method, where the method is left to the command",
      ["--radius", "1"],
      /--radius: means nothing to --optimizer auto, which takes --curvature\. Name a method that takes it: trust-region,/,
    ],
    ["of no known preset", ["--preset", "imagenet"], /--preset: must be one of .*fashion-mnist-mlp.*got "imagenet"/],
    [
      "a preset without settings for the norm",
      ["--optimizer", "tr-adam", "--preset", "mnist-mlp"],
      /the paper has settings for/,
    ],
    [
      "a warm start where there is none",
      ["--warm-start", "0", "--optimizer", "tr-rmsprop"],
      /--warm-start: needs a --preset whose settings have a/,
    ],
    [
      "a larger batch than the data",
      ["--batch-size", "2000"],
      /--batch-size: must be at most the 1437 training examples, got 2000/,
    ],
    [
      "a model for other data",
      ["--model", "mlp:784-10"],
      /data: must have the 784 features that mlp:784-10 takes, got 64/,
    ],
    ["a model with too few outputs", ["--model", "mlp:64-9"], /targets: each must be an integer from 0 to 8/],
    ["no model", ["--model", "cnn"], /--model: must be autoencoder, convnet, cifar-convnet, or mlp: .* got "cnn"/],
    ["an argument too many", ["digits"], /too many arguments/],
  ])("%s", (_, args, message) => misuse(args, message));

  test("no command and an unknown command are misuse too", async () => {
    expect((await quadric()).code).toBe(2);
    const { code, err } = await quadric("tarin");
    expect({ code, err }).toEqual({ code: 2, err: "quadric: unknown command 'tarin' (Did you mean train?)\n" });
  });

  test("a command line that the engine would crash on", () => {
    buildIfStale();
    const args = ["train", "--steps", "1", "--label", "a".repeat(40_000), "--out", at("long")];
    const { status, stderr } = spawnSync(process.execPath, [bin, ...args], { encoding: "utf8" });
    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^quadric: onnx: the command line of this process must have at most 16384 bytes, got \d+: .*\n$/,
      ),
    ]);
    expect(existsSync(at("long"))).toBe(false);
  }, 120_000);

  test("training examples may lack classes that are tested on", async () => {
    const flags = ["--examples", "3", "--batch-size", "3", "--steps", "1"];
    expect(await quadric("train", ...flags, "--out", at("few"))).toMatchObject({ code: 0, err: "" });
  });

  test("help and version are not", async () => {
    expect(await quadric("--version")).toMatchObject({ code: 0, out: "0.1.0\n" });
    const { code, out } = await quadric("train", "--help");
    expect(code).toBe(0);
    expect(out).toContain("--budget-backprops");
  });
});

describe("run folders", () => {
  beforeAll(async () => {
    await quadric("train", "--steps", "2", "--model", "mlp:64-10", "--out", at("good"));
  });

  async function refused(message: RegExp, ...args: string[]): Promise<void> {
    const { code, out, err } = await quadric(...args);
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  }

  test("a folder that holds a run is not overwritten", async () => {
    const before = readdirSync(at("good"));
    await refused(
      /--out: .*good: must be a new or empty folder.*quadric resume/,
      "train",
      "--steps",
      "2",
      "--out",
      at("good"),
    );
    expect(readdirSync(at("good"))).toEqual(before);
  });

  test("a place where no folder can be made leaves no trace", async () => {
    await refused(/--out: .* cannot be used, ENOTDIR/, "train", "--steps", "2", "--out", at("good", "run.json", "x"));
  });

  test("a folder that is no run", async () => {
    await refused(/must be the folder of a run, got one without run\.json/, "evaluate", folder);
    await refused(/must be the folder of a run/, "resume", at("nowhere"));
  });

  test("a finished run cannot be resumed", async () => {
    await refused(/must be an unfinished run, got one that ended as max-iterations/, "resume", at("good"));
  });

  test("a run in use is left alone", async () => {
    mkdirSync(at("used"));
    writeFileSync(at("used", "run.json"), readFileSync(at("good", "run.json")));
    const lock = await takeLock(at("used", "lock"));
    await refused(/must not be in use, got a lock of process \d+/, "resume", at("used"));
    await lock.free();
  });

  test("but a lock that nobody signed is nobody's", async () => {
    mkdirSync(at("unsigned"));
    writeFileSync(at("unsigned", "run.json"), readFileSync(at("good", "run.json")));
    writeFileSync(at("unsigned", "lock"), "");
    expect((await quadric("resume", at("unsigned"))).code).toBe(0);
    expect(existsSync(at("unsigned", "lock"))).toBe(false);
  });

  test("a run of another version is refused with a word about it", async () => {
    mkdirSync(at("newer"));
    writeFileSync(at("newer", "run.json"), JSON.stringify({ format: 3 }));
    await refused(/run\.json must have format 2, got 3: another version wrote it/, "resume", at("newer"));
  });

  test.each<[string, (record: { config: Record<string, unknown> }) => unknown, RegExp]>([
    ["without a configuration", ({ config: _, ...rest }) => rest, /run\.json: config: Invalid input/],
    [
      "with an unknown setting",
      (record) => ({ ...record, config: { ...record.config, lrate: 1 } }),
      /config: .*"lrate"/,
    ],
    [
      "with an impossible setting",
      (record) => ({ ...record, config: { ...record.config, seed: -1 } }),
      /config\.seed: /,
    ],
    ["that is a list", () => [], /run\.json must have format 2, got undefined/],
    ["that is null", () => null, /must be a JSON object/],
  ])("a run.json %s", async (what, change, message) => {
    mkdirSync(at(what));
    const record = JSON.parse(readFileSync(at("good", "run.json"), "utf8"));
    writeFileSync(at(what, "run.json"), JSON.stringify(change(record)));
    await refused(message, "evaluate", at(what));
  });

  test.each<[string, object, RegExp]>([
    ["that divides by 0", { shift: 0, scale: 0 }, /run\.json: scaling\.scale must not be 0/],
    ["that divides one feature by 0", { shift: 0, scale: Array(64).fill(0) }, /scaling\.scale must not be 0/],
    ["for other features", { shift: [1, 2], scale: 1 }, /scaling\.shift must have 64 numbers, .* got 2/],
  ])("a scaling %s", async (what, scaling, message) => {
    mkdirSync(at(what));
    const record = JSON.parse(readFileSync(at("good", "run.json"), "utf8"));
    writeFileSync(at(what, "run.json"), JSON.stringify({ ...record, config: { ...record.config, scaling } }));
    await refused(message, "evaluate", at(what));
  });

  test("data of other numbers, of as many rows", async () => {
    const [csv, path] = [at("changing.csv"), at("changing")];
    const flags = ["--model", "mlp:2-2", "--steps", "4", "--batch-size", "4", "--checkpoint-every", "1"];
    expect((await quadric("train", "--data", writeCsv(csv), ...flags, "--out", path)).code).toBe(0);
    const whole = readFileSync(join(path, "parameters.safetensors"));
    writeCsv(csv, (lines) => lines.map((line, i) => (i === 3 ? line.replace(/^[^,]*/, "9") : line)));
    const message =
      /changing\.csv: must be the data that the run was trained on, got other numbers\. Put them back, or/;
    await refused(message, "evaluate", path);
    for (const name of ["summary.json", "parameters.safetensors"]) rmSync(join(path, name));
    await refused(message, "resume", path);
    const moved = writeCsv(at("moved.csv"));
    expect((await quadric("resume", path, "--data", moved)).code).toBe(0);
    expect(readFileSync(join(path, "parameters.safetensors"))).toEqual(whole);
  });

  test("parameters that are not finite, or those of another run", async () => {
    await quadric("train", "--steps", "2", "--model", "mlp:64-10", "--seed", "1", "--out", at("other"));
    mkdirSync(at("mixed"));
    const record = readFileSync(at("good", "run.json"));
    writeFileSync(at("mixed", "run.json"), record);
    writeFileSync(at("mixed", "parameters.safetensors"), readFileSync(at("other", "parameters.safetensors")));
    await refused(/parameters\.safetensors: .*must belong to the run\.json beside it/, "evaluate", at("mixed"));
    const { tensors } = readSafetensors(readFileSync(at("good", "parameters.safetensors")));
    tensors.get("0.weight")!.data[3] = Number.NaN;
    const bytes = parametersFile(tensors, identityOf(JSON.parse(record.toString())));
    writeFileSync(at("mixed", "parameters.safetensors"), bytes);
    for (const command of ["evaluate", "export"]) {
      await refused(/tensor "0\.weight" must be finite, got NaN at position 3/, command, at("mixed"));
    }
  });

  test("a folder that another run has begun to fill is left to it", async () => {
    mkdirSync(at("begun"));
    const lock = await takeLock(at("begun", "lock"));
    await refused(/must not be in use, got a lock of process/, "train", "--steps", "1", "--out", at("begun"));
    expect(readdirSync(at("begun"))).toEqual(["lock"]);
    await lock.free();
  });

  test("other data than the run was trained on", async () => {
    const csv = writeCsv(at("two.csv"));
    await refused(/data: must have the 64 features that mlp:64-10 takes, got 2/, "evaluate", at("good"), "--data", csv);
    await refused(/data: must have the 64 features that mlp:64-10 takes, got 3/, "predict", at("good"), csv);
    await refused(/no-such\.csv: cannot be read, there is no such file/, "predict", at("good"), "no-such.csv");
  });

  test("damaged parameters", async () => {
    truncateSync(at("good", "parameters.safetensors"), 100);
    await refused(/parameters\.safetensors: .*safetensors: a header of \d+ bytes must fit/, "evaluate", at("good"));
  });
});

function withoutLastLabel(bytes: Buffer): Buffer {
  const shorter = Buffer.from(bytes.subarray(0, -1));
  shorter.writeUInt32BE(bytes.readUInt32BE(4) - 1, 4);
  return shorter;
}

function withLastLabel(label: number): (bytes: Buffer) => Buffer {
  return (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.of(label)]);
}
