/**
 * The methods of all panels. A method is a norm and the order of its model: by Theorem 1 gradient descent is the
 * Euclidean norm with a linear model, and so on; so the norm gives the colour, and the order the line (dashed: first,
 * solid: second).
 */
import type { CSSProperties } from "preact";

export type Ellipsoid = "euclidean" | "adagrad" | "rmsprop" | "adam" | "full";

export interface Method {
  readonly label: string;
  readonly order: 1 | 2;
  readonly norm: Ellipsoid;
}

export const methods = {
  sgd: { label: "Gradient descent", order: 1, norm: "euclidean" },
  adagrad: { label: "Adagrad", order: 1, norm: "adagrad" },
  rmsprop: { label: "RMSProp", order: 1, norm: "rmsprop" },
  adam: { label: "Adam", order: 1, norm: "adam" },
  "tr-euclidean": { label: "Euclidean norm", order: 2, norm: "euclidean" },
  "tr-adagrad": { label: "Adagrad norm", order: 2, norm: "adagrad" },
  "tr-rmsprop": { label: "RMSProp norm", order: 2, norm: "rmsprop" },
  "tr-adam": { label: "Adam norm", order: 2, norm: "adam" },
  "tr-full": { label: "Full-matrix norm", order: 2, norm: "full" },
} as const satisfies Record<string, Method>;

export type MethodName = keyof typeof methods;
export const methodNames = Object.keys(methods) as readonly MethodName[];
export const firstOrderNames = methodNames.filter((name) => methods[name].order === 1);
export const trustRegionNames = methodNames.filter((name) => methods[name].order === 2);

/** The stroke of a method's lines. */
export function strokeOf(name: MethodName): CSSProperties {
  const { norm, order } = methods[name];
  return { stroke: `var(--${norm})`, strokeDasharray: order === 1 ? "5 3" : undefined };
}
