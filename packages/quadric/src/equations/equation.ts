/**
 * Equations as they are written on paper: `u_t + u*u_x = nu*u_xx`, subscripts for derivatives.
 *
 * The grammar is that of formulas (formula/parse.ts) on both sides of "=".
 */
import { numpy as np } from "@jax-js/jax";
import { ConfigError } from "../errors.ts";
import { constants, type Expression } from "../formula/expression.ts";
import { type FunctionName, functions } from "../formula/functions.ts";
import { parseEquation } from "../formula/parse.ts";
import { derivative } from "./derivative.ts";
import { apply, Field, isCoordinate } from "./field.ts";

type Value = Field | number;
type Rule = (...inputs: Field[]) => Field;

const jax =
  (f: (...values: np.Array[]) => np.Array): Rule =>
  (...inputs) =>
    apply(f, ...inputs);

/** What a formula may say of fields. */
const rules: Partial<Record<FunctionName, Rule>> = {
  "+": (a, b) => a.add(b),
  "-": (a, b) => a.sub(b),
  "*": (a, b) => a.mul(b),
  "/": (a, b) => a.div(b),
  "^": (a, b) => a.log().mul(b).exp(),
  negative: (a) => a.neg(),
  exp: (a) => a.exp(),
  log: (a) => a.log(),
  ln: (a) => a.log(),
  sqrt: (a) => a.sqrt(),
  abs: (a) => a.abs(),
  sin: (a) => a.sin(),
  cos: (a) => a.cos(),
  tan: (a) => a.sin().div(a.cos()),
  tanh: (a) => a.tanh(),
  sinh: (a) => a.exp().sub(a.neg().exp()).div(2),
  cosh: (a) => a.exp().add(a.neg().exp()).div(2),
  min: jax(np.minimum),
  max: jax(np.maximum),
};

/**
 * The residual, left minus right, of an equation; without "=" what is written is to be 0.
 *
 * `u_xx` is a derivative of the field u by the coordinate x. Coordinates of one letter may be joined as in `u_xt`.
 *
 * @param text - numbers, the names of `symbols`, pi, + − * / ^, and functions such as sin and exp.
 * @param symbols - fields and numbers by the names that the text has for them.
 * @throws {ConfigError} at what cannot be read, with its column, or a name that is not among the symbols.
 * @example
 * const burgers = equation("u_t + u*u_x = 0.01/pi*u_xx", { u, x, t });
 */
export function equation(text: string, symbols: Readonly<Record<string, Field | number>>): Field {
  const at = text.indexOf("=");
  const sides = at < 0 ? [text] : [text.slice(0, at), " ".repeat(at + 1) + text.slice(at + 1)];
  const [left, right] = sides.map((side) => read(parseEquation(side).right, symbols));
  const residual = right === undefined ? left : combined("-", [left, right]);
  if (residual instanceof Field) return residual;
  throw new ConfigError(`equation: must have a field in it, got ${JSON.stringify(text)}.`);
}

function read(part: Expression, symbols: Readonly<Record<string, Value>>): Value {
  if (part.kind === "number") return part.value;
  if (part.kind === "constant") return constants[part.name];
  if (part.kind === "name") return named(part.name, symbols);
  return combined(
    part.name,
    part.inputs.map((input) => read(input, symbols)),
  );
}

function combined(name: FunctionName, inputs: readonly Value[]): Value {
  if (inputs.every((input) => typeof input === "number")) return functions[name].value(inputs[0], inputs[1]);
  const [a, b] = inputs;
  if (a instanceof Field && typeof b === "number") {
    if (name === "^") return a.pow(b);
    if (name === "+" || name === "*") return name === "+" ? a.add(b) : a.mul(b);
    if (name === "-" || name === "/") return name === "-" ? a.sub(b) : a.div(b);
  }
  if (b instanceof Field && typeof a === "number" && (name === "+" || name === "*")) {
    return name === "+" ? b.add(a) : b.mul(a);
  }
  const rule = rules[name];
  if (!rule) throw new ConfigError(`equation: no rule for ${name} of a field. Use apply.`);
  const [like] = inputs.filter((input) => input instanceof Field);
  return rule(...inputs.map((input) => (input instanceof Field ? input : like.mul(0).add(input))));
}

/** A symbol, or a derivative by the letters after the underscore. */
function named(name: string, symbols: Readonly<Record<string, Value>>): Value {
  if (Object.hasOwn(symbols, name)) return symbols[name];
  const [base, ...rest] = name.split("_");
  const u = Object.hasOwn(symbols, base) ? symbols[base] : undefined;
  if (u instanceof Field && rest.length > 0 && rest.every((word) => word !== "")) {
    const by = rest
      .flatMap((word) => (Object.hasOwn(symbols, word) ? [word] : [...word]))
      .map((letter) => {
        const x = Object.hasOwn(symbols, letter) ? symbols[letter] : undefined;
        if (x instanceof Field && isCoordinate(x)) return x;
        throw new ConfigError(
          `equation: ${name} must be a derivative by coordinates among the symbols, got ${letter}.`,
        );
      });
    return derivative(u, ...(by as [Field, ...Field[]]));
  }
  throw new ConfigError(
    `equation: a name must be one of ${Object.keys(symbols).join(", ")}, got ${name}. A derivative is written u_t, a number to be found is unknown(start).`,
  );
}
