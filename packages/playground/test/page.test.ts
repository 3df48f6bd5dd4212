/** The built page in a real Chromium, which is built and started once for all that is said of it. */
import { afterAll, afterEach, beforeAll, describe, vi } from "vitest";
import { accessibility } from "./page/accessibility.ts";
import { delivery } from "./page/delivery.ts";
import { fit } from "./page/fit.ts";
import { frames } from "./page/frames.ts";
import { links } from "./page/links.ts";
import { looks } from "./page/looks.ts";
import { panels } from "./page/panels.ts";
import { type Site, startSite } from "./site.ts";

// A whole run on a machine that has other things to do.
vi.setConfig({ testTimeout: 180_000 });

let site: Site;
beforeAll(async () => {
  site = await startSite();
}, 120_000);
afterEach(() => site.closePages());
afterAll(() => site.close());

for (const part of [frames, looks, panels, fit, links, accessibility, delivery])
  describe(part.name, () => part(() => site));
