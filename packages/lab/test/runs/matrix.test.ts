import { expect, test } from "vitest";
import { slug } from "../../src/runs/matrix.ts";

test.each(["..", ".", "../../etc", "/etc", "C:\\x", "a/../.."])(
  "the label %j of a method names a folder inside the experiment's",
  (label) => {
    expect(slug(label)).toMatch(/^([a-z0-9][a-z0-9.-]*)?$/);
  },
);
