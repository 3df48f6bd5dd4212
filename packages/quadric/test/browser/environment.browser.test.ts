import { expect, test } from "vitest";
import { preferredProvider } from "../../src/web.ts";

test("the page is cross-origin isolated", () => {
  expect(crossOriginIsolated).toBe(true);
});
test("wasm is what a browser without a GPU should use", async () => {
  expect(await preferredProvider()).toBe("wasm");
});
