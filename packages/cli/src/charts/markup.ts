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

/**
 * Without what XML cannot hold and what turns the direction of the text around it: shown as a replacement character.
 */
export function clean(text: string): string {
  return text.replace(/(?![\t\n\r])[\p{Cc}\p{Surrogate}\p{Bidi_Control}\ufffe\uffff]/gu, "\ufffd");
}
