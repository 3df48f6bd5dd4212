/**
 * The grammar of formulas, read by recursive descent; nothing is evaluated as code.
 *
 *   equation  = [name "="] sum
 *   sum       = product {("+" | "-") product}
 *   product   = signed {("*" | "/") signed}
 *   signed    = ("-" | "+") signed | power
 *   power     = primary ["^" signed]              so −x^2 = −(x^2), 2^−x is 2^(−x), and x^y^z = x^(y^z)
 *   primary   = number | name | function "(" sum {"," sum} ")" | "(" sum ")"
 */
import { ConfigError } from "../errors.ts";
import { type ConstantName, constants, type Expression } from "./expression.ts";
import { type FunctionName, functions } from "./functions.ts";
import { type Token, tokensOf } from "./tokens.ts";

export interface Equation {
  /** The name on the left of "=". */
  readonly result?: string;
  readonly right: Expression;
}

/** Deeper nesting than any formula has, and less than a stack holds. */
const deepest = 200;

/** @throws {ConfigError} "formula: expected …, got … at column …". */
export function parseEquation(text: string): Equation {
  const tokens = tokensOf(text);
  const names = new Map([...Object.keys(functions)].filter((name) => /^[a-z]/.test(name)).map((name) => [name, name]));
  let next = 0;
  let depth = 0;
  const peek = () => tokens[next];
  const is = (...symbols: string[]) => peek().kind === "symbol" && symbols.includes(peek().text);
  const take = () => tokens[next++];
  const refuse = (expected: string, { kind, text: word, column }: Token, remedy = ""): never => {
    const got = kind === "end" ? "the end" : JSON.stringify(word);
    throw new ConfigError(`formula: expected ${expected}, got ${got} at column ${column}.${remedy}`);
  };
  const expect = (symbol: string, expected: string) => (is(symbol) ? take() : refuse(expected, peek()));

  const sum = (): Expression => {
    if (++depth > deepest) refuse(`at most ${deepest} levels`, peek());
    let left = product();
    while (is("+", "-")) left = call(take().text as FunctionName, left, product());
    depth--;
    return left;
  };
  const product = (): Expression => {
    let left = signed();
    while (is("*", "/")) left = call(take().text as FunctionName, left, signed());
    return left;
  };
  const signed = (): Expression => {
    if (!is("-", "+")) return power();
    if (++depth > deepest) refuse(`at most ${deepest} levels`, peek());
    const isNegative = take().text === "-";
    const value = signed();
    depth--;
    return isNegative ? call("negative", value) : value;
  };
  const power = (): Expression => {
    const base = primary();
    if (!is("^")) return base;
    take();
    if (++depth > deepest) refuse(`at most ${deepest} levels`, peek());
    const exponent = signed();
    depth--;
    return call("^", base, exponent);
  };
  const primary = (): Expression => {
    const token = take();
    if (token.kind === "number") {
      const value = Number(token.text);
      return Number.isFinite(value) ? { kind: "number", value } : refuse("a number below 1.8e308", token);
    }
    if (token.kind === "symbol" && token.text === "(") {
      const inside = sum();
      expect(")", '")" or an operator');
      return inside;
    }
    if (token.kind !== "name") return refuse('a number, a name or "("', token);
    const name = unquoted(token.text);
    if (token.text.startsWith("`")) return { kind: "name", name };
    if (is("(")) return application(token);
    if (names.has(name)) return refuse(`"(" after the function ${name}`, peek());
    if (Object.hasOwn(constants, name)) return { kind: "constant", name: name as ConstantName };
    return { kind: "name", name };
  };
  const application = (token: Token): Expression => {
    const name = token.text as FunctionName;
    if (!names.has(name)) {
      refuse(`one of the functions ${[...names.keys()].join(", ")}`, token, ` A product is written ${token.text}*(…).`);
    }
    take();
    const inputs = [sum()];
    while (is(",")) {
      take();
      inputs.push(sum());
    }
    const count = functions[name].partials.length;
    if (inputs.length !== count) {
      refuse(`${count} argument${count > 1 ? "s" : ""} of ${name}, not ${inputs.length}`, peek());
    }
    expect(")", '")" or an operator');
    return call(name, ...inputs);
  };

  let result: string | undefined;
  if (peek().kind === "name" && tokens[1].text === "=") {
    result = unquoted(take().text);
    take();
  }
  const right = sum();
  if (peek().kind !== "end") {
    const isProduct = peek().kind !== "symbol" || is("(");
    refuse("an operator or the end", peek(), isProduct ? " A product is written with *." : "");
  }
  return { ...(result !== undefined && { result }), right };
}

const call = (name: FunctionName, ...inputs: Expression[]): Expression => ({ kind: "call", name, inputs });
const unquoted = (name: string): string => (name.startsWith("`") ? name.slice(1, -1) : name);
