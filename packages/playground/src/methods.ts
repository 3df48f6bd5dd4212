/**
 * The methods of all panels. Of those that the paper unifies the norm gives the colour and the order of the model the
 * line (dashed: first, solid: second). By Theorem 1 gradient descent is the Euclidean norm with a linear model, and
 * so on. The others have a colour each.
 */
import type { CSSProperties } from "preact";

export type Ellipsoid = "euclidean" | "adagrad" | "rmsprop" | "adam" | "full";

export interface Method {
  readonly label: string;
  readonly kind: "automatic" | "trust region" | "quasi-Newton" | "first order";
  /** The variable of the style sheet. */
  readonly color: string;
  /** Of a trust region. */
  readonly norm?: Ellipsoid;
}

export const methods = {
  auto: { label: "auto()", kind: "automatic", color: "auto" },
  sgd: { label: "Gradient descent", kind: "first order", color: "euclidean" },
  adagrad: { label: "Adagrad", kind: "first order", color: "adagrad" },
  rmsprop: { label: "RMSProp", kind: "first order", color: "rmsprop" },
  adam: { label: "Adam", kind: "first order", color: "adam" },
  lbfgs: { label: "L-BFGS", kind: "quasi-Newton", color: "lbfgs" },
  ssbroyden: { label: "SSBroyden", kind: "quasi-Newton", color: "ssbroyden" },
  "tr-euclidean": { label: "Euclidean norm", kind: "trust region", color: "euclidean", norm: "euclidean" },
  "tr-adagrad": { label: "Adagrad norm", kind: "trust region", color: "adagrad", norm: "adagrad" },
  "tr-rmsprop": { label: "RMSProp norm", kind: "trust region", color: "rmsprop", norm: "rmsprop" },
  "tr-adam": { label: "Adam norm", kind: "trust region", color: "adam", norm: "adam" },
  "tr-full": { label: "Full-matrix norm", kind: "trust region", color: "full", norm: "full" },
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;
export const methodNames = Object.keys(methods) as readonly MethodName[];
const ofKind = (kind: Method["kind"]) => methodNames.filter((name) => methods[name].kind === kind);
export const firstOrderNames = ofKind("first order");
export const quasiNewtonNames = ofKind("quasi-Newton");
export const trustRegionNames = ofKind("trust region");

export const colorOf = (name: MethodName): string => `var(--${methods[name].color})`;

/** The stroke of a method's lines. */
export function strokeOf(name: MethodName): CSSProperties {
  return { stroke: colorOf(name), strokeDasharray: methods[name].kind === "first order" ? "5 3" : undefined };
}
