import { ConfigError } from "quadric";
import { describe, expect, test } from "vitest";
import { parseCifar10 } from "../../src/data/cifar10.ts";

const records = (...labels: number[]) =>
  Uint8Array.from(labels.flatMap((label, i) => [label, ...Array.from({ length: 3072 }, (_, k) => (k + i) % 256)]));

describe("parseCifar10()", () => {
  test("separates labels from channel-first pixels", () => {
    const { images, labels } = parseCifar10(records(9, 0));
    expect(labels).toEqual({ shape: [2], data: Uint8Array.of(9, 0) });
    expect(images.shape).toEqual([2, 3, 32, 32]);
    expect([...images.data.slice(0, 3)]).toEqual([0, 1, 2]);
    expect([...images.data.slice(3072, 3075)]).toEqual([1, 2, 3]);
  });

  test.each([
    ["nothing", Uint8Array.of(), "cifar10: a file must hold records of 3073 bytes, got 0 bytes."],
    ["half a record", records(1).subarray(1), "cifar10: a file must hold records of 3073 bytes, got 3072 bytes."],
    ["a label out of range", records(1, 10), "cifar10: labels must be 0 to 9, got 10 in record 2."],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parseCifar10(bytes)).toThrow(new ConfigError(message));
  });
});
