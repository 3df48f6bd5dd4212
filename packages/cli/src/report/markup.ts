/** HTML from template literals in which whatever is put in is text, unless it is markup already. */

export interface Markup {
  readonly markup: string;
}

export type Content = string | number | undefined | Markup | readonly Content[];

/** Every string put in is escaped, so that nothing a file says can become an element, an attribute or a style. */
export function html(literals: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return { markup: literals.reduce((text, literal, i) => text + render(contents[i - 1]) + literal) };
}

/** Markup made elsewhere, by something that escapes. */
export const raw = (markup: string): Markup => ({ markup });

function render(content: Content): string {
  if (content === undefined) return "";
  if (typeof content === "string") return escapeText(content);
  if (typeof content === "number") return String(content);
  return "markup" in content ? content.markup : content.map(render).join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeText(text: string): string {
  return clean(text).replace(/[&<>"']/g, (character) => entities[character]);
}

/** Without what XML cannot hold and what turns the direction of the text around it: shown as a replacement character. */
export function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return text.replace(
    /[\p{Surrogate}\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\u202a-\u202e\u2066-\u2069]/gu,
    "\ufffd",
  );
}
