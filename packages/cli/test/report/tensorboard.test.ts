import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { crc32c, eventRecords } from "../../src/report/tensorboard.ts";
import type { RunFiles } from "../../src/runs.ts";
import { temporaryFolder } from "../command.ts";
import { stepLine } from "./step-line.ts";

test("crc32c() has the values of RFC 3720, appendix B.4", () => {
  expect(crc32c(new Uint8Array(32)).toString(16)).toBe("8a9136aa");
  expect(crc32c(new Uint8Array(32).fill(255)).toString(16)).toBe("62a8ab43");
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)).toString(16)).toBe("46dd794e");
  expect(crc32c(Buffer.from("123456789")).toString(16)).toBe("e3069283");
});

describe("eventRecords()", () => {
  const folder = temporaryFolder();

  /** Bit by bit, unlike ours. */
  function checksum(bytes: Uint8Array): number {
    let rest = 0xffffffff;
    for (const byte of bytes) {
      for (let bit = 0; bit < 8; bit++) {
        const isOdd = ((rest ^ (byte >> bit)) & 1) === 1;
        rest = (rest >>> 1) ^ (isOdd ? 0x82f63b78 : 0);
      }
    }
    const crc = ~rest >>> 0;
    return Number((((BigInt(crc) >> 15n) | (BigInt(crc) << 17n)) + 0xa282ead8n) & 0xffffffffn);
  }

  /** Fields of a message, for the wire types that events use. */
  function fields(bytes: Buffer): [field: number, value: number | Buffer][] {
    const found: [number, number | Buffer][] = [];
    let at = 0;
    const take = (length: number) => {
      at += length;
      return bytes.subarray(at - length, at);
    };
    const varint = () => {
      for (let value = 0, shift = 0; ; shift += 7) {
        const [byte] = take(1);
        value += (byte & 127) * 2 ** shift;
        if (byte < 128) return value;
      }
    };
    while (at < bytes.length) {
      const key = varint();
      const [field, type] = [key >> 3, key & 7];
      if (type === 0) found.push([field, varint()]);
      else if (type === 1) found.push([field, take(8).readDoubleLE()]);
      else if (type === 5) found.push([field, take(4).readFloatLE()]);
      else found.push([field, take(varint())]);
    }
    return found;
  }

  /** What a reader of the format finds: each event with its scalars. */
  function read(file: Buffer) {
    const events = [];
    for (let at = 0; at < file.length; ) {
      const length = Number(file.readBigUInt64LE(at));
      const data = file.subarray(at + 12, at + 12 + length);
      expect(file.readUInt32LE(at + 8)).toBe(checksum(file.subarray(at, at + 8)));
      expect(file.readUInt32LE(at + 12 + length)).toBe(checksum(data));
      at += 16 + length;
      const event = Object.fromEntries(fields(data));
      const values = event[5]
        ? fields(event[5] as Buffer).map(([, value]) => Object.fromEntries(fields(value as Buffer)))
        : [];
      const scalars = Object.fromEntries(values.map((value) => [String(value[1]), value[2]]));
      events.push({ time: event[1], step: event[2], version: event[3] && String(event[3]), scalars });
    }
    return events;
  }

  test("writes what an independent reader of the format finds: version, start, each step with its numbers", () => {
    const at = (trainLoss: number) => ({ trainLoss, testLoss: 1.5, testAccuracy: null });
    const lines = [
      stepLine({ step: 1, loss: 2, radius: 0.5, seconds: 0.25, initial: at(2.5) }),
      stepLine({ step: 2, loss: null, radius: null, seconds: 0.75, evaluation: at(0.125) }),
    ];
    writeFileSync(join(folder, "metrics.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const record = { started: "2026-01-02T03:04:05.000Z" } as RunFiles["record"];
    const begin = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;
    const [head, start, first, second, ...rest] = read(Buffer.concat([...eventRecords({ path: folder, record })]));
    expect(rest).toEqual([]);
    expect(head).toMatchObject({ time: begin, version: "brain.Event:2" });
    expect(start).toMatchObject({ time: begin, step: 0, scalars: { "loss/train": 2.5, "loss/test": 1.5 } });
    expect(first).toMatchObject({ time: begin + 0.25, step: 1 });
    expect(first.scalars).toMatchObject({ "loss/batch": 2, "step/radius": 0.5 });
    expect(second).toMatchObject({ time: begin + 0.75, step: 2, scalars: { "loss/train": 0.125 } });
    for (const absent of ["loss/batch", "step/radius", "accuracy/test"])
      expect(second.scalars).not.toHaveProperty([absent]);
  });
});
