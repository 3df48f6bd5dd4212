/** What each example must print, wherever it runs. */
import { spawnSync } from "node:child_process";
import { expect } from "vitest";

const numberAfter = (text: string, words: string) =>
  Number.parseFloat(new RegExp(`${words} *([^\\s,]+)`).exec(text)![1]);

export interface Example {
  /** Of the file in examples/. */
  readonly name: string;
  readonly claim: string;
  /** Fails unless the text shows it. */
  check(text: string): void;
  /** Steps of `solve` after which the test has seen enough; defaults to those of the example. */
  readonly steps?: number;
}

/** Whether npm can install what the packages need; without a registry nothing of it is claimed. */
export const isInstallable = (): boolean =>
  spawnSync("npm", ["view", "--prefer-offline", "koffi", "version"]).status === 0;

/** One for each entry point: they run from the packages, in an empty folder. */
export const packed: readonly Example[] = [
  {
    name: "spirals",
    claim: "fits two spirals without a learning rate",
    check: (text) => expect(numberAfter(text, "→")).toBeLessThan(1e-3),
  },
  {
    name: "curve-fit",
    claim: "finds the three constants that made the data, to within their noise",
    check(text) {
      expect(numberAfter(text, "a =")).toBeCloseTo(2.5, 1);
      expect(numberAfter(text, "b =")).toBeCloseTo(1.3, 1);
      expect(numberAfter(text, "c =")).toBeCloseTo(0.5, 1);
      expect(text).toContain("converged");
    },
  },
  {
    name: "spectrum",
    claim: "shows positive curvature along some direction, before and after preconditioning",
    check(text) {
      expect(numberAfter(text, "Hessian .*…")).toBeGreaterThan(0);
      expect(numberAfter(text, "RMSProp norm .*…")).toBeGreaterThan(0);
    },
  },
  {
    name: "tensorflow-js",
    claim: "trains a LayersModel, which then predicts by itself",
    check(text) {
      expect(text).toContain('route "compiled"');
      expect(numberAfter(text, "→")).toBeLessThan(1e-3);
      expect(numberAfter(text, "accuracy")).toBe(1);
    },
  },
  {
    name: "eigenvalue",
    claim: "finds the ground state of the oscillator and not zero",
    check(text) {
      expect(numberAfter(text, "energy")).toBeCloseTo(0.5, 4);
      expect(numberAfter(text, "ψ\\(0\\) = ±")).toBeCloseTo(0.7511, 2);
    },
  },
];

/** Those that need nothing of a place that the ones above do not need: they run from the sources. */
export const further: readonly Example[] = [
  {
    name: "poisson",
    claim: "solves what Adam does not, at equal gradients and products",
    check(text) {
      expect(numberAfter(text, "trust region +mean squared residual")).toBeLessThan(1e-2);
      expect(numberAfter(text, "Adam +mean squared residual")).toBeGreaterThan(1);
    },
  },
  {
    name: "heat",
    claim: "solves the heat equation to four digits",
    check: (text) => expect(numberAfter(text, "relative error")).toBeLessThan(1e-4),
  },
  {
    name: "inverse",
    claim: "finds how fast heat spreads, and how much is lost, from noisy temperatures",
    check(text) {
      expect(numberAfter(text, "κ =")).toBeCloseTo(0.1, 2);
      expect(numberAfter(text, "σ =")).toBeCloseTo(0.5, 1);
    },
  },
  {
    name: "lotka-volterra",
    claim: "finds the four rates of hares and lynx from noisy counts",
    check(text) {
      for (const [name, rate] of Object.entries({ alpha: 1, beta: 0.5, delta: 0.25, gamma: 0.8 })) {
        // The counts are off by 2 %.
        expect(Math.abs(numberAfter(text, `${name} =`) / rate - 1)).toBeLessThan(0.05);
      }
    },
  },
  {
    name: "helmholtz",
    claim: "solves a wave equation in two dimensions",
    steps: 30,
    check: (text) => expect(numberAfter(text, "relative error")).toBeLessThan(1e-2),
  },
  {
    name: "schrodinger",
    claim: "solves for real and imaginary parts",
    steps: 20,
    check: (text) => expect(numberAfter(text, "ψ\\(0, π/4\\)\\| =")).toBeGreaterThan(3),
  },
  {
    name: "burgers",
    claim: "steepens a sine wave",
    steps: 8,
    check: (text) => expect(numberAfter(text, "steepest slope")).toBeLessThan(-3),
  },
];
