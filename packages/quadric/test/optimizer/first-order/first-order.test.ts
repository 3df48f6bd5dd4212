import { describe, expect, test } from "vitest";
import "../../helpers/matchers.ts";
import type { Closures } from "../../../src/objective/closures.ts";
import { adagrad } from "../../../src/optimizer/first-order/adagrad.ts";
import { adam, adamw } from "../../../src/optimizer/first-order/adam.ts";
import { rmsprop } from "../../../src/optimizer/first-order/rmsprop.ts";
import { schedules } from "../../../src/optimizer/first-order/schedule.ts";
import { scheduleFree } from "../../../src/optimizer/first-order/schedule-free.ts";
import { sgd } from "../../../src/optimizer/first-order/sgd.ts";
import type { Optimizer } from "../../../src/optimizer/optimizer.ts";
import { startOn, takeSteps } from "../../helpers/steps.ts";

/** f = 3/2 w₀² + 1/4 w₁² + w₀w₁ + cos w₂ from (1.5, −0.7, 0.3). */
const closures: Closures = {
  value: ([a, b, c]) => 1.5 * a * a + 0.25 * b * b + a * b + Math.cos(c),
  gradient: ([a, b, c]) => Float64Array.of(3 * a + b, 0.5 * b + a, -Math.sin(c)),
};
const start = [1.5, -0.7, 0.3];

// Parameters after 1, 5 and 10 steps of torch.optim (1.13, float64) on this function; a scheduler of torch.optim
// stepped after every step where there is a schedule. Optimizer arguments as given to ours, PyTorch's defaults
// otherwise.
const references: readonly [string, Optimizer, readonly (readonly number[])[]][] = [
  [
    "SGD",
    sgd({ learningRate: 0.1 }),
    [
      [1.12, -0.815, 0.3295520206661339],
      [0.5004379375000001, -0.96183321875, 0.47824840661077006],
      [0.34840037996173834, -0.9328010000537599, 0.7509198692649419],
    ],
  ],
  [
    "SGD with momentum",
    sgd({ momentum: 0.9, learningRate: 0.05 }),
    [
      [1.31, -0.7575, 0.31477601033306696],
      [-0.15193971289062502, -1.1613249638671874, 0.5166389913043994],
      [-0.0009045411892271463, -0.8719461117671254, 1.1875866448530035],
    ],
  ],
  [
    "SGD with Nesterov momentum",
    sgd({ momentum: 0.9, learningRate: 0.05, nesterov: true }),
    [
      [1.139, -0.8092499999999999, 0.32807441963282724],
      [-0.08029840149623055, -1.1049925527052442, 0.5997645047385681],
      [0.1981558014555104, -0.762581966613379, 1.4648448361694948],
    ],
  ],
  [
    "Adagrad",
    adagrad({ learningRate: 0.3 }),
    [
      [1.2000000000078948, -0.999999999973913, 0.5999999998984841],
      [0.7625665835325179, -1.3468295248563507, 1.47162038071781],
      [0.5803855278468492, -1.342173188960583, 2.100723232367296],
    ],
  ],
  [
    "RMSprop",
    rmsprop({ learningRate: 0.02, beta: 0.9 }),
    [
      [1.436754447322948, -0.7632455514642371, 0.36324554643564155],
      [1.2956747016603818, -0.9019886445716058, 0.5317310860456449],
      [1.1773989415638046, -1.0153898443083045, 0.6904011235117746],
    ],
  ],
  [
    "Adam",
    adam({ learningRate: 0.1 }),
    [
      [1.4000000002631579, -0.7999999991304347, 0.3999999966161367],
      [1.0086344041224287, -1.1875765484878615, 0.8000878978263373],
      [0.5832290646037502, -1.5691615774048375, 1.3125861663108822],
    ],
  ],
  [
    "AdamW",
    adamw({ learningRate: 0.1, weightDecay: 0.1 }),
    [
      [1.3850000002631577, -0.7929999991304347, 0.3969999966161367],
      [0.9461617186279746, -1.1419908142561628, 0.77569827464084],
      [0.49304001289133487, -1.447147014538447, 1.240302836596454],
    ],
  ],
  [
    "SGD with CosineAnnealingLR",
    sgd({ learningRate: schedules.cosine({ rate: 0.1, steps: 10, final: 0.01 }) }),
    [
      [1.12, -0.815, 0.3295520206661339],
      [0.552225874976482, -0.9541098116418788, 0.45312863445924123],
      [0.46109057052785407, -0.9596858748718502, 0.524792044874084],
    ],
  ],
  [
    "SGD with StepLR",
    sgd({ learningRate: schedules.step({ rate: 0.1, every: 3, factor: 0.5 }) }),
    [
      [1.12, -0.815, 0.3295520206661339],
      [0.5882188593750001, -0.9483354921875, 0.43690365097883155],
      [0.49291851466156145, -0.9582580588494498, 0.4978764369932164],
    ],
  ],
];

// Averages after 1, 5 and 10 steps by the rules of [Defazio2024] in numpy, x, y and z kept side by side.
const scheduleFreeReferences: typeof references = [
  [
    "schedule-free AdamW",
    scheduleFree({ learningRate: 0.1 }),
    [
      [1.4000000002631579, -0.7999999991304347, 0.3999999966161367],
      [1.2166119826584374, -0.9787309294300336, 0.6333641584787939],
      [1.011326768171731, -1.1695503119862045, 0.9500335125953516],
    ],
  ],
  [
    "schedule-free AdamW with warm-up and decay",
    scheduleFree({ learningRate: 0.1, beta1: 0.8, beta2: 0.99, weightDecay: 0.1, warmup: 4 }),
    [
      [1.4712500000657895, -0.7232499997826086, 0.3242499991540342],
      [1.235038050416442, -0.908031484162261, 0.5668359865632271],
      [1.0013464743426375, -1.072257823182172, 0.8934444499479185],
    ],
  ],
];

describe("first-order methods", () => {
  test.each([...references, ...scheduleFreeReferences])(
    "%s follows the trajectory of its reference",
    async (_, optimizer, [first, fifth, tenth]) => {
      const steps = startOn(optimizer, closures, start);
      await takeSteps(steps, 1);
      expect(steps.run.parameters).toBeAllclose(first);
      await takeSteps(steps, 4);
      expect(steps.run.parameters).toBeAllclose(fifth);
      await takeSteps(steps, 5);
      expect(steps.run.parameters).toBeAllclose(tenth);
    },
  );

  test("cost one gradient a step, nothing else", async () => {
    const steps = await takeSteps(startOn(adam(), closures, start), 7);
    expect(steps.objective.ledger.counts()).toEqual({
      values: 0,
      gradients: 7,
      hvps: 0,
      ggnvps: 0,
      examples: 7,
      backprops: 7,
    });
  });

  test("stay where they are, and say so, when the gradient is not finite", async () => {
    const steps = startOn(sgd(), { ...closures, gradient: () => Float64Array.of(NaN, 0, 0) }, start);
    await takeSteps(steps, 1);
    expect(steps.records[0]).toMatchObject({ accepted: false, gradientNorm: NaN });
    expect([...steps.run.parameters]).toEqual(start);
  });

  test("stop before a step that overflows", async () => {
    const steps = startOn(
      sgd({ learningRate: 1e200 }),
      { value: () => 0, gradient: (w) => w.map((x) => x * 1e150) },
      [1],
    );
    await takeSteps(steps, 5);
    expect(steps.records.at(-1)).toMatchObject({ accepted: false, status: "nonfinite" });
    expect(steps.run.parameters.every(Number.isFinite)).toBe(true);
  });

  test("never write into parameters that were handed out", async () => {
    const steps = startOn(sgd({ momentum: 0.9 }), closures, start);
    const before = steps.run.parameters;
    await takeSteps(steps, 2);
    expect([...before]).toEqual(start);
  });
});

describe("schedules", () => {
  test("warm up to the rate, fall along a cosine and stay at the end", () => {
    const { at } = schedules.cosine({ rate: 1, steps: 4, final: 0.2, warmup: 3 });
    expect([0, 1, 2, 3, 5, 7, 100].map(at)).toBeAllclose([0.25, 0.5, 0.75, 1, 0.6, 0.2, 0.2]);
  });

  test.each([
    [() => schedules.constant(0), "schedules.constant: rate must be > 0, got 0."],
    [() => schedules.cosine({ rate: 1, steps: 0 }), "schedules.cosine: steps must be an integer >= 1, got 0."],
    [() => schedules.cosine({ rate: 1, steps: 2, final: 2 }), "schedules.cosine: final must be in [0, rate], got 2."],
    [() => schedules.step({ rate: 1, every: 2, factor: 0 }), "schedules.step: factor must be in (0, 1], got 0."],
    [() => sgd({ learningRate: -1 }), "schedules.constant: rate must be > 0, got -1."],
    [() => sgd({ momentum: 1 }), "sgd: momentum must be in [0, 1), got 1."],
    [() => adam({ beta1: 0 }), "adam: beta1 must be in (0, 1), got 0."],
    [() => scheduleFree({ warmup: 0.5 }), "scheduleFree: warmup must be an integer >= 0, got 0.5."],
    [() => scheduleFree({ weightDecay: -1 }), "scheduleFree: weightDecay must be >= 0, got -1."],
    [() => adamw({ weightDecay: -1 }), "adamw: weightDecay must be >= 0, got -1."],
  ])("refuse what makes no sense (%#)", (make, message) => {
    expect(make).toThrow(message);
  });
});
