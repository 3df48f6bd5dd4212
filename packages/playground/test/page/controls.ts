/** What tests of the page click, read and wait for. */
import type { Locator, Page } from "playwright";
import { expect } from "vitest";

export const isPatient = { timeout: 50_000 };
export const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
export const status = (page: Page) => page.locator('.player [role="status"]');
export const textOf = async (locator: Locator) => (await locator.textContent()) ?? "";
export const spent = async (page: Page) => Number.parseInt(await textOf(status(page)), 10);
/** Waits until everything that is fetched on demand has come. */
export const whenLoaded = (page: Page) => page.locator("html[data-loaded=all]").waitFor(isPatient);

export const alertOf = (page: Page) => page.getByRole("alert").textContent();
export const drop = (page: Page, name: string, content: string) =>
  page.locator('input[type="file"]').setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(content) });

export async function race(page: Page): Promise<void> {
  await button(page, "Run").click();
  await whenOver(page);
}

export async function whenOver(page: Page): Promise<void> {
  await expect.poll(() => status(page).textContent(), isPatient).toBe("All runs are over.");
}

/** Where the lines of a chart end, by their names, as it tells those who do not see it. */
export async function ends(page: Page, chart: string): Promise<Record<string, number>> {
  const label = await page.locator(`svg[aria-label^="${chart}"]`).getAttribute("aria-label");
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const plain = label!.replace(/·?10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g, (_, minus, power: string) => {
    const exponent = [...power].map((digit) => digits.indexOf(digit)).join("");
    return `e${minus ? "-" : ""}${exponent}`;
  });
  return Object.fromEntries(
    [...plain.matchAll(/([^:;.]+): [a-z -]+ ([\d.e-]+)/g)].map(([, name, value]) => [
      name.trim(),
      Number(value.replace(/^e/, "1e")),
    ]),
  );
}
