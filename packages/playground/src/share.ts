/**
 * The state of a panel as the query of a link: every value validated on its way in, defaults left out on its way out.
 */
import { type Signal, signal } from "@preact/signals";

/** One value of the state. `parse` answers undefined to whatever it cannot take, and the initial value stands. */
export interface Field<T> {
  readonly initial: T;
  parse(text: string): T | undefined;
  print(value: T): string;
}

interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly initial: number;
}

/** A number, brought into its range; printed to four significant digits. */
export function number({ min, max, initial }: NumberRange): Field<number> {
  return {
    initial,
    parse(text) {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : undefined;
    },
    print: (value) => String(Number(value.toPrecision(4))),
  };
}

/** A whole number, brought into its range. */
export function integer(range: NumberRange): Field<number> {
  const field = number(range);
  return {
    ...field,
    parse(text) {
      const value = field.parse(text);
      return value === undefined ? undefined : Math.round(value);
    },
    print: String,
  };
}

/** One of the names. */
export function choice<T extends string>(names: readonly T[], initial: T): Field<T> {
  return { initial, parse: (text) => names.find((name) => name === text), print: String };
}

/** Some of the names, in their order; possibly none. */
export function choices<T extends string>(names: readonly T[], initial: readonly T[]): Field<readonly T[]> {
  return {
    initial,
    parse(text) {
      const given = text.split(",");
      return names.filter((name) => given.includes(name));
    },
    print: (values) => values.join(","),
  };
}

/** A line of text, at most so long. */
export function line(initial: string, longest = 400): Field<string> {
  return { initial, parse: (text) => (text.trim() !== "" && text.length <= longest ? text : undefined), print: String };
}

type Value<F> = F extends Field<infer T> ? T : never;

export interface PanelState<F> {
  readonly at: { readonly [K in keyof F]: Signal<Value<F[K]>> };
  /** Takes what a link says; what it leaves out or gets wrong becomes the initial value. */
  load(query: URLSearchParams): void;
  /** What a link has to say: the values that differ from the initial ones. */
  query(): URLSearchParams;
}

export function panelState<F extends { readonly [K in keyof F]: Field<Value<F[K]>> }>(fields: F): PanelState<F> {
  const names = Object.keys(fields) as (keyof F & string)[];
  const at = Object.fromEntries(names.map((name) => [name, signal(fields[name].initial)])) as PanelState<F>["at"];
  return {
    at,
    load(query) {
      for (const name of names) {
        const text = query.get(name);
        at[name].value = (text === null ? undefined : fields[name].parse(text)) ?? fields[name].initial;
      }
    },
    query() {
      const query = new URLSearchParams();
      for (const name of names) {
        const text = fields[name].print(at[name].value);
        if (text !== fields[name].print(fields[name].initial)) query.set(name, text);
      }
      return query;
    },
  };
}
