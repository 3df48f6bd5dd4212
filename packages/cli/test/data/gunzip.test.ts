import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { ConfigError } from "quadric";
import { describe, expect, test } from "vitest";
import { damagedFile } from "../../../quadric/test/helpers/damage.ts";
import { gunzip } from "../../src/data/gunzip.ts";

const packed = gzipSync(Uint8Array.of(1, 2, 3));

describe("gunzip()", () => {
  test("gives the content back", () => {
    expect([...gunzip(packed)]).toEqual([1, 2, 3]);
  });

  test("refuses a stream that is cut off", () => {
    expect(() => gunzip(packed.subarray(0, -1))).toThrow(
      new ConfigError('gunzip: a whole gzip stream is needed, got "unexpected end of file".'),
    );
  });

  test("refuses a stream whose checksum does not fit", () => {
    const damaged = Uint8Array.from(packed);
    damaged[damaged.length - 8] ^= 1;
    expect(() => gunzip(damaged)).toThrow(ConfigError);
  });

  test("refuses a bomb at its limit, whatever it would grow to", () => {
    const bomb = gzipSync(new Uint8Array(2 ** 24));
    expect(() => gunzip(bomb, 1000)).toThrow(new ConfigError("gunzip: content must be at most 1000 bytes, got more."));
  });

  test("answers any bytes with content or a ConfigError", () => {
    const damaged = fc
      .tuple(fc.nat(packed.length - 1), fc.nat(255), fc.nat(packed.length))
      .map(([at, value, end]) => Uint8Array.from(packed.subarray(0, end), (byte, i) => (i === at ? value : byte)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), damaged), (bytes) => {
        try {
          gunzip(bytes, 1000);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { seed: 4, numRuns: 1000 },
    );
  });
});

test("gunzip() answers any stream with at most so many bytes or a ConfigError", () => {
  const stream = gzipSync(new Uint8Array(4096));
  fc.assert(
    fc.property(damagedFile(stream), fc.integer({ min: 1, max: 8192 }), (bytes, most) => {
      try {
        expect(gunzip(bytes, most).length).toBeLessThanOrEqual(most);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    }),
    { seed: 6, numRuns: Number(process.env.FUZZ_RUNS ?? 2000) },
  );
});
