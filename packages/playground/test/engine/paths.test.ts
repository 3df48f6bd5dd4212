import { expect, test } from "vitest";
import { valley } from "../../src/engine/landscapes.ts";
import { stepsDown } from "../../src/engine/path.ts";
import { pathOf, typicalSteps } from "../../src/engine/paths.ts";
import { maps } from "../../src/maps.ts";
import type { MethodName } from "../../src/methods.ts";
import { landscapesState } from "../../src/panels/landscapes-state.ts";

const { at } = landscapesState;
const opening = {
  start: [at.x.value, at.y.value] as const,
  maxSteps: maps.valley.steps,
  radius: at.radius.value,
  maxProducts: at.products.value,
  rateFactor: 1,
  view: maps.valley.view,
  floor: maps.valley.floor,
};
const ellipses = ["tr-rmsprop", "tr-adagrad", "tr-adam"] as const satisfies readonly MethodName[];
const landscape = valley(at.condition.value, at.turn.value);

test("the opening: an ellipse needs at most two thirds of the circle's steps, whatever its norm and wherever it starts", async () => {
  expect(at.map.value).toBe("valley");
  const circle = await typicalSteps("tr-euclidean", landscape, opening);
  for (const name of ellipses)
    expect(await typicalSteps(name, landscape, opening)).toBeLessThanOrEqual((2 / 3) * circle);
});

test("and it is not the first radius: the circle's best one is worse than each ellipse's at the same product count", async () => {
  const best = async (name: MethodName) => {
    const radii = [0.1, 0.3, 1];
    return Math.min(
      ...(await Promise.all(radii.map((radius) => typicalSteps(name, landscape, { ...opening, radius })))),
    );
  };
  const circle = await best("tr-euclidean");
  for (const name of ellipses) expect(await best(name)).toBeLessThan(circle);
});

test("for the reason given: outside the valley the model curves down and steps end on the edge, the ellipse's long axis along the floor", async () => {
  const [first] = (await pathOf("tr-rmsprop", landscape, opening)).steps;
  expect(first.outcome).toBe("negative-curvature");
  const [along, , , across] = first.region!.ellipsoid;
  expect(Math.sqrt(across / along)).toBeGreaterThan(3);
});

test("in a round valley there is nothing to correct", async () => {
  const steps = await Promise.all(
    (["tr-euclidean", ...ellipses] as const).map((name) => typicalSteps(name, valley(1, 0), opening)),
  );
  for (const count of steps.slice(1)) expect(count).toBeGreaterThanOrEqual(steps[0] - 1);
});

test("stepsDown is the first value within a ten-thousandth of the height", () => {
  expect(stepsDown([2, 1.5, 1.00005, 1], 1)).toBe(2);
  expect(stepsDown([2, 1.5], 1)).toBe(Infinity);
});
