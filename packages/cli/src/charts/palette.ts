/**
 * Colours as variables, for light and dark paper; distinguishable by readers who confuse red and green, and by dashes
 * after eight.
 */

interface Scheme {
  readonly background: string;
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly series: readonly string[];
  /** Of kinds of one thing, such as outcomes: fills that no method has, from quiet to loud. */
  readonly kinds: readonly string[];
}

/** Contrast with the background is 4.5 : 1 or more, since labels wear the colour of their line. */
const light: Scheme = {
  background: "#ffffff",
  text: "#1b1f24",
  faint: "#59616b",
  line: "#d5dae0",
  series: ["#0067a5", "#b84300", "#00755a", "#a3357a", "#7a5b00", "#5b4bb8", "#1b1f24", "#8b1a1a"],
  kinds: ["#c3cad2", "#8e99a6", "#e0a3c6", "#d98c5f", "#b59b4c", "#1b1f24"],
};

const dark: Scheme = {
  background: "#14181d",
  text: "#e6e9ed",
  faint: "#a0a9b4",
  line: "#363d46",
  series: ["#5ab4f0", "#ff9355", "#2fc59b", "#ee92c8", "#e3bb4e", "#aaa0ff", "#e6e9ed", "#ff8080"],
  kinds: ["#3f4853", "#6c7885", "#9c5a80", "#a8643f", "#8a7430", "#e6e9ed"],
};

const variablesOf = ({ background, text, faint, line, series, kinds }: Scheme): ReadonlyMap<string, string> =>
  new Map([
    ["--background", background],
    ["--text", text],
    ["--faint", faint],
    ["--line", line],
    ...series.map((colour, i) => [`--series-${i}`, colour] as const),
    ...kinds.map((colour, i) => [`--kind-${i}`, colour] as const),
  ]);

const declarations = (scheme: Scheme): string =>
  [...variablesOf(scheme)].map(([name, colour]) => `${name}: ${colour};`).join(" ");

/** The style sheet that gives the variables their values. Paper is light. */
export const paletteStyle = `:root { color-scheme: light dark; ${declarations(light)} }
@media screen and (prefers-color-scheme: dark) { :root { ${declarations(dark)} } }`;

/** A picture with the light colours themselves, for files that no style sheet accompanies. */
export function withLightColours(svg: string): string {
  const variables = variablesOf(light);
  return svg
    .replace(/var\((--[a-z0-9-]+)\)/g, (_, name) => variables.get(name) ?? "none")
    .replaceAll("currentColor", light.text);
}

/**
 * The same with a style sheet that brings the dark colours where the screen is dark; other readers see the light ones.
 */
export function withBothColours(svg: string): string {
  const darkOf = variablesOf(dark);
  const rules = [...new Set([...variablesOf(light)].map(([name, colour]) => `${colour} ${darkOf.get(name)}`))].flatMap(
    (pair) => {
      const [from, to] = pair.split(" ");
      return ["fill", "stroke"].map((attribute) => `[${attribute}="${from}"] { ${attribute}: ${to}; }`);
    },
  );
  const style = `<style>@media screen and (prefers-color-scheme: dark) { ${rules.join(" ")} }</style>`;
  // Behind the title, which has to be the first.
  return withLightColours(svg).replace("</desc>", `</desc>${style}`);
}

export const background: string = light.background;

export interface Stroke {
  readonly stroke: string;
  readonly strokeDasharray: string | undefined;
}

/** The look of the i-th method. */
export function strokeOf(i: number): Stroke {
  const { length } = light.series;
  const dashes = [undefined, "7 3", "2 2", "9 3 2 3"];
  return {
    stroke: `var(--series-${i % length})`,
    strokeDasharray: dashes[Math.floor(i / length) % dashes.length],
  };
}
