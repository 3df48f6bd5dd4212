import { inflateSync } from "node:zlib";
import fc from "fast-check";
import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { spreadOut } from "../../../src/charts/chart.ts";
import { html } from "../../../src/charts/markup.ts";
import { encodeGreyPng } from "../../../src/charts/png.ts";
import { decade, logTicks } from "../../../src/charts/scale.ts";

describe("html``", () => {
  test("keeps any string text, between tags and within attributes", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(...["<script>", "' onload='x", '"><b>', "&amp;", "]]>"]),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const { markup } = html`<p title="${text}">${text}</p>`;
        const { document } = parseHTML(`<!doctype html><html><body>${markup}</body></html>`);
        const [element] = document.body.children;
        expect(document.body.children.length).toBe(1);
        expect(element.children.length).toBe(0);
        expect([...element.attributes].map(({ name }) => name)).toEqual(["title"]);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test("nests markup, lists and nothing", () => {
    expect(html`<ul>${[1, 2].map((i) => html`<li>${i}</li>`)}${undefined}</ul>`.markup).toBe(
      "<ul><li>1</li><li>2</li></ul>",
    );
  });

  test("shows what XML cannot hold or what turns text around as a replacement character", () => {
    expect(html`${"a\u0000b\u202ec\ud800d\te"}`.markup).toBe("a\ufffdb\ufffdc\ufffdd\te");
  });
});

describe("encodeGreyPng()", () => {
  test("writes rows that inflate to the pixels, each after a filter byte", () => {
    const png = Buffer.from(encodeGreyPng(3, 2, Uint8Array.of(0, 128, 255, 1, 2, 3)));
    expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([3, 2]);
    const length = png.readUInt32BE(33);
    expect(png.toString("latin1", 37, 41)).toBe("IDAT");
    expect([...inflateSync(png.subarray(41, 41 + length))]).toEqual([0, 0, 128, 255, 0, 1, 2, 3]);
    // The check of the last chunk, which is empty, is the same in every PNG.
    expect(png.subarray(-12).toString("hex")).toBe("0000000049454e44ae426082");
  });
});

describe("spreadOut()", () => {
  test("keeps labels apart, in their order and within the picture where there is room", () => {
    const positions = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(positions, (wanted) => {
        const placed = spreadOut(wanted, 10, 0, 100);
        const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
        order.slice(1).forEach((i, k) => {
          expect(placed[i] - placed[order[k]]).toBeGreaterThanOrEqual(10 - 1e-9);
        });
        for (const place of placed) {
          expect(place).toBeGreaterThanOrEqual(-1e-9);
          expect(place).toBeLessThanOrEqual(100);
        }
      }),
      { seed: 1 },
    );
  });

  test("leaves alone what does not touch", () => {
    expect(spreadOut([50, 10, 90], 10, 0, 100)).toEqual([50, 10, 90]);
  });
});

describe("a logarithmic scale", () => {
  test("has at most seven ticks, at powers of ten if it holds three of them", () => {
    expect(logTicks(0.5, 200)).toEqual([1, 10, 100]);
    expect(logTicks(1e-19, 1).length).toBeLessThanOrEqual(7);
  });

  test("has at least two ticks however little it holds", () => {
    expect(logTicks(0.05, 0.15)).toEqual([0.05, 0.1]);
    expect(logTicks(2, 9)).toEqual([2, 5]);
    expect(logTicks(2.1, 2.4)).toEqual([2.1, 2.2, 2.3, 2.4]);
    const range = fc.tuple(
      fc.double({ min: -12, max: 12, noNaN: true }),
      fc.double({ min: 0.001, max: 24, noNaN: true }),
    );
    fc.assert(
      fc.property(range, ([exponent, decades]) => {
        const [low, high] = [10 ** exponent, 10 ** (exponent + decades)];
        const ticks = logTicks(low, high);
        expect(ticks.length).toBeGreaterThan(1);
        expect(ticks.length).toBeLessThanOrEqual(7);
        for (const tick of ticks) expect(tick >= low * (1 - 1e-8) && tick <= high * (1 + 1e-8)).toBe(true);
        expect(new Set(ticks).size).toBe(ticks.length);
      }),
      { seed: 1 },
    );
  });

  test("writes its ticks as powers of ten, and plainly near 1", () => {
    expect([1e-7, 2e-5, 0.02, 1, 5000, 1e5, 1e12].map(decade)).toEqual([
      "10⁻⁷",
      "2·10⁻⁵",
      "0.02",
      "1",
      "5000",
      "10⁵",
      "10¹²",
    ]);
  });
});
