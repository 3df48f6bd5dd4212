/** Values of flags: each checker returns the parsed value or throws the one line that says what must hold. */
import { ConfigError } from "quadric";
import { suggestion } from "./suggestion.ts";

type Parse<T> = (text: string) => T;

function checked(flag: string, must: string, holds: (value: number) => boolean): Parse<number> {
  return (text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (Number.isFinite(value) && holds(value)) return value;
    throw new ConfigError(`${flag}: must be ${must}, got ${JSON.stringify(text)}.`);
  };
}

export const positive = (flag: string): Parse<number> => checked(flag, "a number > 0", (x) => x > 0);
export const nonNegative = (flag: string): Parse<number> => checked(flag, "a number ≥ 0", (x) => x >= 0);
export const fraction = (flag: string): Parse<number> => checked(flag, "a number in (0, 1)", (x) => x > 0 && x < 1);
/** The same, or nothing. */
export const fractionOrNone = (flag: string): Parse<number> =>
  checked(flag, "a number in [0, 1)", (x) => x >= 0 && x < 1);
/** A number ≥ 0, or the word that asks for it to be found. */
export const nonNegativeOrSearch =
  (flag: string): Parse<number | "search"> =>
  (text) =>
    text === "search" ? text : nonNegative(flag)(text);
/** Of a whole, up to all of it. */
export const part = (flag: string): Parse<number> => checked(flag, "a number in (0, 1]", (x) => x > 0 && x <= 1);

export function integer(flag: string, least: number, most = Infinity): Parse<number> {
  const must = most === Infinity ? `an integer ≥ ${least}` : `an integer from ${least} to ${most}`;
  return checked(flag, must, (x) => Number.isSafeInteger(x) && x >= least && x <= most);
}

export function yesOrNo(flag: string): Parse<boolean> {
  const choices = ["yes", "no"] as const;
  return Object.assign((text: string) => oneOf(flag, choices)(text) === "yes", { choices });
}

/** The mark between a number's whole part and its fraction. */
export const decimalMark: Parse<"." | ","> = Object.assign(
  (text: string) => (oneOf("--decimal", ["point", "comma"])(text) === "comma" ? "," : "."),
  { choices: ["point", "comma"] },
);

export function oneOf<const T extends string>(flag: string, allowed: readonly T[]): Parse<T> {
  const parse = (text: string) => {
    const found = allowed.find((value) => value === text);
    if (found !== undefined) return found;
    throw new ConfigError(
      `${flag}: must be one of ${allowed.join(", ")}, got ${JSON.stringify(text)}.${suggestion(text, allowed)}`,
    );
  };
  // For completion.
  return Object.assign(parse, { choices: allowed });
}
