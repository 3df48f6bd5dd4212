/**
 * What the page's main thread does while its worker trains, from Chromium's own trace. Times are the thread's processor
 * time, which other processes lengthen but little: that no task takes 50 ms is asserted, six times what one does;
 * `npm run soak:playground` records those of every task.
 */
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { record } from "../../../quadric/test/helpers/record.ts";
import { taskNames } from "../../src/tasks.ts";
import type { Site } from "../site.ts";

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** Microseconds. */
  readonly dur?: number;
  /** Of processor time. */
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

const budget = process.env.QUADRIC_WRITE_TABLES ? 400 : 150;

/** Runs a race to its end. The page itself looks for it: asked from outside, it would spend time on answers. */
async function race(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.evaluate(`new Promise((resolve) => {
    const status = document.querySelector('.player [role="status"]');
    const look = () => status.textContent === "All runs are over." && resolve();
    new MutationObserver(look).observe(status, { childList: true, characterData: true, subtree: true });
    look();
  })`);
}

/** From the click on, so with the pictures' first appearance. */
async function trace(site: Site, task: string) {
  const { page } = await site.open(`#train?task=${task}&budget=${budget}`);
  await page.locator("html[data-loaded=all]").waitFor();
  await site.browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "__metadata"] });
  await race(page);
  const { traceEvents: events } = JSON.parse((await site.browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  await page.close();
  // The page's, and that of a page that stays open and does nothing.
  const mains = events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const [own] = mains
    .map((main) => events.filter(({ pid, tid, ph }) => pid === main.pid && tid === main.tid && ph === "X"))
    .sort((a, b) => b.length - a.length);
  const ms = ({ tdur, dur }: TraceEvent) => (tdur ?? dur ?? 0) / 1000;
  const tasks = own.filter(({ name }) => name === "ThreadControllerImpl::RunTask" || name === "RunTask");
  const ends = (event: TraceEvent) => event.ts + (event.dur ?? 0);
  const drawn = own.filter(({ name }) => name === "Paint" || name === "FireAnimationFrame");
  const frames = tasks.filter((task) => drawn.some(({ ts }) => ts >= task.ts && ts <= ends(task)));
  const sorted = frames.map(ms).sort((a, b) => a - b);
  const quantile = (q: number) => Number(sorted[Math.floor(q * (sorted.length - 1))].toFixed(2));
  return {
    frames: frames.length,
    frameMs: { median: quantile(0.5), ninetyFifth: quantile(0.95), largest: quantile(1) },
    framesAbove8Ms: frames.filter((frame) => ms(frame) > 8).length,
    tasks: tasks.length,
    longestTaskMs: Number(Math.max(...tasks.map(ms)).toFixed(2)),
    tasksAbove50Ms: tasks.filter((task) => ms(task) > 50).length,
    clock: tasks.some(({ tdur }) => tdur !== undefined) ? "processor" : "wall",
  };
}

export function frames(site: () => Site): void {
  test("training is drawn frame by frame, and the main thread computes nothing else", async () => {
    const [names, rounds] = process.env.QUADRIC_WRITE_TABLES ? [taskNames, 3] : [taskNames.slice(0, 1), 1];
    const traces: ({ readonly task: string } & Awaited<ReturnType<typeof trace>>)[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const task of names) traces.push({ task, ...(await trace(site(), task)) });
    }
    record("playground", { race: `three methods, ${budget} backprops each`, traces });
    for (const { frames, tasksAbove50Ms, clock } of traces) {
      expect(frames).toBeGreaterThan(5);
      if (clock === "processor") expect(tasksAbove50Ms).toBe(0);
    }
  }, 1_800_000);
}
