import { grad, numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { onNumbers } from "../../../src/compiler/functions/arithmetic.ts";
import { logGamma, polygamma } from "../../../src/compiler/functions/gamma.ts";
import { special } from "../../../src/compiler/special.ts";
import "../../helpers/matchers.ts";
import { type Case, compiledOracles, eachBackend, expectOracles } from "../../helpers/oracles.ts";

// mpmath 1.2 at 40 digits; SciPy's own have twelve near 1 and 2, where log Γ vanishes.
const x = [
  1e-10, 0.03, 0.3, 0.5, 0.9999, 1, 1.0001, 1.4616321449683622, 1.5, 1.999, 2, 2.001, 2.5, 3.7, 7.99, 8.01, 25.5,
  1000.0, 100000000.0, -0.3, -1.5, -2.7, -10.25,
];
const exact = {
  logGamma: [
    23.025850929882736, 3.489971043442412, 1.0957979948180756, 0.5723649429247001, 5.7729791561193866e-5, 0.0,
    -5.771334222047127e-5, -0.12148629053584961, -0.12078223763524522, -0.0004224618006921073, 0.0,
    0.000423106734800117, 0.2846828704729192, 1.428072326665388, 8.50501160608848, 8.545324429747733,
    56.389167643719944, 5905.220423209181, 1742068066.1038346, 1.4648400508576025, 0.860047015376481,
    -0.07140708531564569, -14.20399790093109,
  ],
  polygamma: [
    [
      -10000000000.577215, -33.86225442061877, -3.502524222200133, -1.9635100260214235, -0.5773801703298691,
      -0.5772156649015329, -0.5770511835143348, -9.241265521729427e-17, 0.03648997397857652, 0.4221391988923556,
      0.42278433509846713, 0.42342906719069845, 0.7031566406452432, 1.1671535393615113, 2.014309222046224,
      2.0169719639065193, 3.2189424728839198, 6.907255195648812, 18.420680738952367, 2.113309779635399,
      0.7031566406452432, -1.1153471291406896, 5.516858419886273,
    ],
    [
      1e20, 1112.6867360264796, 12.245364546107732, 4.934802200544679, 1.6451745107027036, 1.6449340668482264,
      1.6446936879331444, 0.9676722454476212, 0.9348022005446793, 0.6453384277720445, 0.6449340668482264,
      0.6445301998639841, 0.49035775610023485, 0.3100378576700383, 0.13331424565985758, 0.13296025365300945,
      0.03999466964956292, 0.0010005001666666333, 1.000000005e-8, 13.945160267805722, 9.379246644989124,
      14.769375845132314, 19.646252424622652,
    ],
    [
      -1.9999999999999998e30, -74076.29404267034, -75.27253658872604, -16.82879664423432, -2.4047633247110958,
      -2.4041138063191885, -2.4034645367899485, -0.8855263379671844, -0.82879664423432, -0.40460818920162894,
      -0.4041138063191886, -0.4036203097033726, -0.2362040516417274, -0.09539530872855403, -0.017746655198676027,
      -0.017652670072919593, -0.0015993605962783073, -1.0010004999998333e-6, -1.00000001e-16, 67.63908119988317,
      -0.2362040516417274, -68.9329390232638, 124.0164720214871,
    ],
  ],
};

/** The largest error, relative to a number or to `least` if that is larger. */
const worst = (f: (t: number) => number, expected: readonly number[], least: number): number =>
  Math.max(...x.map((t, i) => Math.abs(f(t) - expected[i]) / Math.max(Math.abs(expected[i]), least)));

describe("of float64 numbers", () => {
  test("log Γ has all its digits, near 1 and 2 too", () => {
    expect(worst((t) => logGamma(onNumbers, t), exact.logGamma, 1e-300)).toBeLessThan(3e-15); // at −2.7, near a zero
  });

  test.each([
    [0, 1, 2e-15], // ψ vanishes at 1.46
    [1, 0, 2e-15],
    [2, 0, 3e-14], // at −1.5 the reflection adds terms in cot πx, which vanishes there
  ])("the polygamma function of order %i has all its digits", (n, least, tolerance) => {
    expect(worst((t) => polygamma(onNumbers, n, t), exact.polygamma[n], least)).toBeLessThan(tolerance);
  });

  test("log Γ is infinite at 0, −1, −2, … and at infinity", () => {
    expect([0, -1, -2, Number.POSITIVE_INFINITY].map((t) => logGamma(onNumbers, t))).toEqual(Array(4).fill(Infinity));
  });
});

test("jax-js differentiates special.lgamma by itself, at integers too", () => {
  const slopes = grad((x: np.Array) => special.lgamma(x).sum())(np.array([0.5, 5])) as np.Array;
  expect(slopes.dataSync()).toBeAllclose([exact.polygamma[0][3], 1.5061176684318], { relative: 1e-6 }); // ψ(5) = 25/12 − γ
});

// The negative log-likelihood of counts under a negative binomial, by its gamma functions, and of a Dirichlet's entropy.
const counts = { shape: [5], data: Float64Array.of(0, 1, 3, 8, 40) };
const problem: Case = {
  loss: ([w], [k]) => {
    const r = np.exp(w.ref);
    const terms = special
      .lgamma(k.ref.add(r.ref))
      .sub(special.lgamma(r.ref))
      .sub(special.lgamma(k.add(1)));
    return terms
      .sum()
      .add(special.digamma(r.ref.mul(0.1)).mul(r).sum())
      .add(special.lgamma(w.mul(3)).sum());
  },
  params: [{ shape: [5], data: Float64Array.of(-0.5, 0.2, 0.9, 1.7, -1.1) }],
  data: [counts],
};

/** By mpmath, derivatives numerically at 40 digits. */
const reference = {
  value: -41.61478283100501,
  gradient: Float64Array.of(
    1.8728981421201354,
    -3.8933852835614835,
    4.809060307636362,
    12.949479446820613,
    12.974750964279703,
  ),
  product: Float64Array.of(
    -83.80782055178047,
    -31.199959841628473,
    -4.347148693439351,
    -4.248588387357988,
    2.2392375480735986,
  ),
};

describe.each(eachBackend)("special.lgamma and special.digamma in %s", (_name, dtype, backend, tolerance) => {
  test("differentiate twice", async () => {
    const { value, gradient, product } = await compiledOracles(problem, backend(), dtype);
    expectOracles({ value, gradient, product }, reference, 10 * tolerance);
  });
});
