/** What flags say of parameters: `a=1,b=0.1` and `a>0, 0<=b<=2`. */
import { ConfigError } from "quadric";

const name = "(`[^`]+`|[\\p{L}_][\\p{L}\\p{N}_]*)";
const number = "([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?)";
const assignment = new RegExp(`^${name}\\s*=\\s*${number}$`, "u");
const below = new RegExp(`^${name}\\s*<=?\\s*${number}$`, "u");
const above = new RegExp(`^${name}\\s*>=?\\s*${number}$`, "u");
const between = new RegExp(`^${number}\\s*<=?\\s*${name}\\s*<=?\\s*${number}$`, "u");

const partsOf = (text: string): string[] =>
  text
    .replaceAll("≤", "<=")
    .replaceAll("≥", ">=")
    .split(",")
    .map((part) => part.trim());

/** Values of parameters, by name. */
export type Values = Readonly<Record<string, number>>;
export type Bounds = Readonly<Record<string, readonly [low: number, high: number]>>;

export function assignments(flag: string): (text: string) => Values {
  return (text) =>
    Object.fromEntries(
      partsOf(text).map((part) => {
        const [, name, value] = assignment.exec(part) ?? refuse(flag, "values such as a=1,b=0.1", part);
        return [plain(name), Number(value)];
      }),
    );
}

/** Bounds of parameters; a parameter may be named twice. */
export function inequalities(flag: string): (text: string) => Bounds {
  return (text) => {
    const bounds: Record<string, readonly [number, number]> = {};
    for (const part of partsOf(text)) {
      const [, low, middle, high] = between.exec(part) ?? [];
      const [, smaller, most] = below.exec(part) ?? [];
      const [, larger, least] = above.exec(part) ?? [];
      const name = middle ?? smaller ?? larger ?? refuse(flag, "bounds such as a>0 or 0<b<2", part);
      const [lower, upper] = bounds[plain(name)] ?? [-Infinity, Infinity];
      const tighter = [
        Math.max(lower, Number(low ?? least ?? -Infinity)),
        Math.min(upper, Number(high ?? most ?? Infinity)),
      ] as const;
      if (tighter[0] > tighter[1]) refuse(flag, "bounds with something between them", part);
      bounds[plain(name)] = tighter;
    }
    return bounds;
  };
}

/** @throws {ConfigError} if one of the names is no parameter. */
export function requireParameters(flag: string, values: object, parameters: readonly string[]): void {
  for (const name of Object.keys(values)) {
    if (!parameters.includes(name)) {
      throw new ConfigError(
        `${flag}: must name parameters among ${parameters.join(", ")}, got ${JSON.stringify(name)}.`,
      );
    }
  }
}

const plain = (name: string): string => name.replaceAll("`", "");

function refuse(flag: string, must: string, got: string): never {
  throw new ConfigError(`${flag}: must be ${must}, got ${JSON.stringify(got)}.`);
}
