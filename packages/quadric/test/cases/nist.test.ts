/** The reference data of NIST for nonlinear regression: from both starts of each, the certified parameters. */
import { readFileSync } from "node:fs";
import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { onnx } from "../../src/node.ts";
import { minimizeLeastSquares } from "../../src/training/least-squares.ts";

interface Reference {
  readonly name: string;
  readonly starts: readonly (readonly number[])[];
  readonly certified: readonly number[];
  readonly y: readonly number[];
  /** By columns. */
  readonly x: readonly (readonly number[])[];
}

const file = new URL("../fixtures/nist.json", import.meta.url);
const problems: readonly Reference[] = JSON.parse(readFileSync(file, "utf8")).problems;

type A = np.Array;
/** The model of a problem; x and its parameters may be used any number of times through `.ref`. */
type Model = (b: A[], x: A[]) => A;

const times = (a: A, b: A): A => a.ref.mul(b.ref);
const polynomial = (coefficients: A[], x: A): A => {
  const [first, ...rest] = coefficients.toReversed();
  return rest.reduce((sum, c) => sum.mul(x.ref).add(c.ref), first.ref);
};
const withOne = (b: A[]): A[] => [np.ones([], { dtype: b[0].dtype }), ...b];
const rise: Model = ([b1, b2], [x]) => b1.ref.mul(np.subtract(1, np.exp(times(b2, x).neg())));
const chwirut: Model = ([b1, b2, b3], [x]) => np.exp(times(b1, x).neg()).div(b2.ref.add(times(b3, x)));
const bell = (b: A, centre: A, width: A, x: A): A =>
  b.ref.mul(np.exp(np.square(x.ref.sub(centre.ref).div(width.ref)).neg()));
const gauss: Model = ([b1, b2, b3, b4, b5, b6, b7, b8], [x]) =>
  b1.ref
    .mul(np.exp(times(b2, x).neg()))
    .add(bell(b3, b4, b5, x))
    .add(bell(b6, b7, b8, x));
const decay = (b: A, rate: A, x: A): A => b.ref.mul(np.exp(times(rate, x).neg()));
const lanczos: Model = ([b1, b2, b3, b4, b5, b6], [x]) =>
  decay(b1, b2, x)
    .add(decay(b3, b4, x))
    .add(decay(b5, b6, x));
const cubics: Model = (b, [x]) => polynomial(b.slice(0, 4), x).div(polynomial(withOne(b.slice(4)), x));
const wave = (cosine: A, sine: A, phase: A): A => cosine.ref.mul(np.cos(phase.ref)).add(sine.ref.mul(np.sin(phase)));

const models: Readonly<Record<string, Model>> = {
  Bennett5: ([b1, b2, b3], [x]) => b1.ref.mul(np.power(b2.ref.add(x.ref), np.reciprocal(b3.ref).neg())),
  BoxBOD: rise,
  Chwirut1: chwirut,
  Chwirut2: chwirut,
  DanWood: ([b1, b2], [x]) => b1.ref.mul(np.power(x.ref, b2.ref)),
  ENSO: ([b1, b2, b3, b4, b5, b6, b7, b8, b9], [x]) => {
    const turns = x.ref.mul(2 * Math.PI);
    return b1.ref
      .add(wave(b2, b3, turns.ref.div(12)))
      .add(wave(b5, b6, turns.ref.div(b4.ref)))
      .add(wave(b8, b9, turns.div(b7.ref)));
  },
  Eckerle4: ([b1, b2, b3], [x]) => b1.ref.div(b2.ref).mul(np.exp(np.square(x.ref.sub(b3.ref).div(b2.ref)).mul(-0.5))),
  Gauss1: gauss,
  Gauss2: gauss,
  Gauss3: gauss,
  Hahn1: cubics,
  Kirby2: (b, [x]) => polynomial(b.slice(0, 3), x).div(polynomial(withOne(b.slice(3)), x)),
  Lanczos1: lanczos,
  Lanczos2: lanczos,
  Lanczos3: lanczos,
  MGH09: ([b1, b2, b3, b4], [x]) =>
    b1.ref.mul(times(x, x).add(times(x, b2))).div(times(x, x).add(times(x, b3)).add(b4.ref)),
  MGH10: ([b1, b2, b3], [x]) => b1.ref.mul(np.exp(b2.ref.div(x.ref.add(b3.ref)))),
  MGH17: ([b1, b2, b3, b4, b5], [x]) => b1.ref.add(decay(b2, b4, x)).add(decay(b3, b5, x)),
  Misra1a: rise,
  Misra1b: ([b1, b2], [x]) => b1.ref.mul(np.subtract(1, np.reciprocal(np.square(np.add(1, times(b2, x).mul(0.5)))))),
  Misra1c: ([b1, b2], [x]) => b1.ref.mul(np.subtract(1, np.reciprocal(np.sqrt(np.add(1, times(b2, x).mul(2)))))),
  Misra1d: ([b1, b2], [x]) =>
    times(b1, b2)
      .mul(x.ref)
      .div(np.add(1, times(b2, x))),
  Nelson: ([b1, b2, b3], [x1, x2]) => b1.ref.sub(times(b2, x1).mul(np.exp(times(b3, x2).neg()))),
  Rat42: ([b1, b2, b3], [x]) => b1.ref.div(np.add(1, np.exp(b2.ref.sub(times(b3, x))))),
  Rat43: ([b1, b2, b3, b4], [x]) =>
    b1.ref.div(np.power(np.add(1, np.exp(b2.ref.sub(times(b3, x)))), np.reciprocal(b4.ref))),
  Roszman1: ([b1, b2, b3, b4], [x]) =>
    b1.ref.sub(times(b2, x)).sub(np.arctan(b3.ref.div(x.ref.sub(b4.ref))).div(Math.PI)),
  Thurber: cubics,
};

const backend = onnx();
const array = (values: readonly number[]): A => np.array(Float64Array.from(values));

async function digitsFrom(start: 1 | 2, { name, starts, certified, x, y }: Reference, options = {}) {
  const [X, Y] = [x.map(array), array(name === "Nelson" ? y.map(Math.log) : y)];
  const residuals = (b: A): A => {
    const parts = certified.map((_, j) => b.ref.slice(j));
    return models[name](parts, X).sub(Y.ref);
  };
  const result = await minimizeLeastSquares(residuals, array(starts[start - 1]), { backend, ...options });
  const b = result.x.js() as number[];
  const errors = certified.map((c, j) => Math.abs(b[j] / c - 1));
  return { status: result.status, digits: -Math.log10(Math.max(...errors, 1e-16)) };
}

describe.each(problems)("$name", (problem) => {
  const isLong = problem.name === "Bennett5";

  test.each([1, 2] as const)("from start %d: at least 5 digits of every parameter, converged", async (start) => {
    // A valley of 1,173 steps from the first start.
    const { status, digits } = await digitsFrom(start, problem, isLong && start === 1 ? { maxIterations: 2000 } : {});
    expect(status).toBe("converged");
    expect(digits).toBeGreaterThan(5);
  });
});

test("Bennett5 is not called converged half way down its valley", async () => {
  const { status } = await digitsFrom(1, problems.find(({ name }) => name === "Bennett5")!);
  expect(status).toBe("max-iterations");
});
