/**
 * What the page's main thread does while its worker trains, from Chromium's own trace. Times are the thread's processor time, which
 * other processes do not lengthen; `npm run soak:playground` records them, and nothing here fails for being slow.
 */
import { expect, test } from "vitest";
import { record } from "../../quadric/test/helpers/record.ts";
import { startSite } from "./site.ts";

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

test("training is drawn frame by frame, and the main thread computes nothing else", async () => {
  const site = await startSite();
  try {
    const { page } = await site.open("#train?task=spiral&budget=400");
    await page.getByRole("button", { name: "Step", exact: true }).click();
    await page.getByText("loss").first().waitFor({ timeout: 50_000 });
    await site.browser.startTracing(page, { categories: ["toplevel", "devtools.timeline", "__metadata"] });
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.getByText("All runs are over.").waitFor({ timeout: 200_000 });
    const trace = JSON.parse((await site.browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
    const events = trace.traceEvents;
    const main = events.find(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")!;
    const own = events.filter(({ pid, tid, ph }) => pid === main.pid && tid === main.tid && ph === "X");
    const ms = ({ tdur, dur }: TraceEvent) => (tdur ?? dur ?? 0) / 1000;
    const tasks = own.filter(({ name }) => name === "ThreadControllerImpl::RunTask" || name === "RunTask");
    const ends = (event: TraceEvent) => event.ts + (event.dur ?? 0);
    const drawn = own.filter(({ name }) => name === "Paint" || name === "FireAnimationFrame");
    const frames = tasks.filter((task) => drawn.some(({ ts }) => ts >= task.ts && ts <= ends(task)));
    expect(frames.length).toBeGreaterThan(5);

    const sorted = frames.map(ms).sort((a, b) => a - b);
    const quantile = (q: number) => Number(sorted[Math.floor(q * (sorted.length - 1))].toFixed(2));
    record("playground", {
      task: "spiral, three methods, 400 backprops",
      frames: frames.length,
      frameMs: { median: quantile(0.5), ninetyFifth: quantile(0.95), largest: quantile(1) },
      tasks: tasks.length,
      longestTaskMs: Number(Math.max(...tasks.map(ms)).toFixed(2)),
      tasksAbove50Ms: tasks.filter((task) => ms(task) > 50).length,
      clock: tasks.some(({ tdur }) => tdur !== undefined) ? "processor" : "wall",
    });
  } finally {
    await site.close();
  }
}, 300_000);
