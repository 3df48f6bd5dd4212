/**
 * Text that commands no terminal. Names and files may hold escape sequences, which set titles, erase lines or look like
 * words of ours; what they hold is shown as JSON shows it, and JSON stays the same JSON.
 */

// C0 without tab and line feed, DEL and C1; marks that turn the direction of writing; separators of lines.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** The text with every control character but tab and line feed spelt out, such as \u001b. */
export const printable = (text: string): string => text.replace(controls, escaped);

/** The same on one line. */
export const printableLine = (text: string): string => printable(text).replace(/[\t\n]/g, escaped);
