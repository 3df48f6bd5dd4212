/** A formula as a tree: numbers, constants, names, and functions of other trees; an operator is a function, too. */
import type { FunctionName } from "./functions.ts";

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "constant"; readonly name: ConstantName }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "call"; readonly name: FunctionName; readonly inputs: readonly Expression[] };

export type ConstantName = "pi" | "e";
export const constants: Readonly<Record<ConstantName, number>> = { pi: Math.PI, e: Math.E };

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
