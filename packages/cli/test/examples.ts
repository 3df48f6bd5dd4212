/** What each example must print, wherever it runs. */
import { expect } from "vitest";

const numberAfter = (text: string, words: string) => Number.parseFloat(new RegExp(`${words} +(\\S+)`).exec(text)![1]);

export interface Example {
  /** Of the file in examples/. */
  readonly name: string;
  readonly claim: string;
  /** Fails unless the text shows it. */
  check(text: string): void;
}

export const examples: readonly Example[] = [
  {
    name: "spirals",
    claim: "fits two spirals without a learning rate",
    check: (text) => expect(numberAfter(text, "→")).toBeLessThan(1e-3),
  },
  {
    name: "poisson",
    claim: "solves what Adam does not, at equal gradients and products",
    check(text) {
      expect(numberAfter(text, "trust region +mean squared residual")).toBeLessThan(1e-2);
      expect(numberAfter(text, "Adam +mean squared residual")).toBeGreaterThan(1);
    },
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
];
