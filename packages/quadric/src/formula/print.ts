/**
 * A formula as text again, and as a function in JavaScript: parentheses only where the order of operations needs them.
 */
import { constants, type Expression } from "./expression.ts";
import { type FunctionName, functions } from "./functions.ts";

/** How tightly an operator binds; functions and names bind tightest. */
const strengths: Partial<Record<FunctionName, number>> = { "+": 1, "-": 1, "*": 2, "/": 2, negative: 3, "^": 4 };

interface Style {
  readonly name: (name: string) => string;
  readonly constant: (name: string) => string;
  readonly application: (name: FunctionName, inputs: readonly string[]) => string;
  /** Whether a power is a function there, not an operator. */
  readonly powerAsFunction: boolean;
}

function print(expression: Expression, style: Style): string {
  const strengthOf = (part: Expression) =>
    part.kind === "call" && !(part.name === "^" && style.powerAsFunction) ? (strengths[part.name] ?? 9) : 9;
  const within = (part: Expression, least: number) => (strengthOf(part) < least ? `(${visit(part)})` : visit(part));
  const visit = (part: Expression): string => {
    if (part.kind === "number") return String(part.value);
    if (part.kind === "constant") return style.constant(part.name);
    if (part.kind === "name") return style.name(part.name);
    const { name, inputs } = part;
    const strength = strengthOf(part);
    if (strength === 9) return style.application(name, inputs.map(visit));
    if (name === "negative") return `-${within(inputs[0], strength + 1)}`;
    const [left, right] = inputs;
    // x^y^z is x^(y^z); x − y − z is (x − y) − z.
    if (name === "^") return `${within(left, 5)}^${within(right, 3)}`;
    const isSum = strength === 1;
    const sides = [within(left, strength), within(right, name === "-" || name === "/" ? strength + 1 : strength)];
    return isSum ? sides.join(` ${name} `) : sides.join(name);
  };
  return visit(expression);
}

const isPlain = (name: string): boolean => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name);

/** The formula in its own grammar. */
export function formulaText(expression: Expression): string {
  return print(expression, {
    name: (name) =>
      isPlain(name) && !Object.hasOwn(functions, name) && !Object.hasOwn(constants, name) ? name : `\`${name}\``,
    constant: (name) => name,
    application: (name, inputs) => `${name}(${inputs.join(", ")})`,
    powerAsFunction: false,
  });
}

/** The formula as an expression of JavaScript; @param name - how each name is written there. */
export function javascriptText(expression: Expression, name: (name: string) => string): string {
  return print(expression, {
    name,
    constant: (constant) => (constant === "pi" ? "Math.PI" : "Math.E"),
    application: (f, inputs) => `${functions[f].code ?? f}(${inputs.join(", ")})`,
    powerAsFunction: true,
  });
}
