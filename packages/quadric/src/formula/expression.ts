/** A formula as a tree: numbers, constants, names, and functions of other trees; an operator is a function, too. */
import type { FunctionName } from "./functions.ts";

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "constant"; readonly name: ConstantName }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "call"; readonly name: FunctionName; readonly inputs: readonly Expression[] };

export const constants = { pi: Math.PI, e: Math.E } as const;
export type ConstantName = keyof typeof constants;

/** The names in an expression, in the order in which they appear. */
export function namesIn(expression: Expression): string[] {
  const names = new Set<string>();
  const visit = (part: Expression): void => {
    if (part.kind === "name") names.add(part.name);
    if (part.kind === "call") part.inputs.forEach(visit);
  };
  visit(expression);
  return [...names];
}
