/** The words of a formula, each with the column at which it begins. */
import { ConfigError } from "../errors.ts";

export interface Token {
  readonly kind: "number" | "name" | "symbol" | "end";
  readonly text: string;
  /** Counted from 1. */
  readonly column: number;
}

// A name in backticks may hold anything else, as the headers of tables do.
const pattern =
  /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[\p{L}_][\p{L}\p{Nd}_]*|`[^`]+`)|(?<symbol>\*\*|[-+*/^(),=]))/uy;

/** How to write what such characters mean elsewhere. */
const hints: Readonly<Record<string, string>> = {
  "²": " A square is written x^2.",
  "³": " A cube is written x^3.",
  "'": " A derivative is written u_t.",
};

/** @throws {ConfigError} at a character that no formula has. */
export function tokensOf(text: string): Token[] {
  // What word processors and web pages make of signs.
  const plain = text.replace(/[−–]/g, "-").replace(/[×·]/g, "*").replace(/÷/g, "/");
  const tokens: Token[] = [];
  let at = 0;
  const end = plain.trimEnd().length;
  while (at < end) {
    pattern.lastIndex = at;
    const found = pattern.exec(plain);
    if (!found) {
      const start = at + /^\s*/.exec(plain.slice(at))![0].length;
      const got = JSON.stringify(String.fromCodePoint(plain.codePointAt(start)!));
      throw new ConfigError(
        `formula: expected a number, a name or an operator, got ${got} at column ${start + 1}.${hints[got[1]] ?? ""}`,
      );
    }
    const { number, name, symbol } = found.groups!;
    const word = number ?? name ?? symbol;
    const column = found.index + found[0].length - word.length + 1;
    const kind = number ? "number" : name ? "name" : "symbol";
    tokens.push({ kind, text: word === "**" ? "^" : word, column });
    at = pattern.lastIndex;
  }
  return [...tokens, { kind: "end", text: "", column: plain.trimEnd().length + 1 }];
}
