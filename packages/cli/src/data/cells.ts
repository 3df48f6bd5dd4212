/** What a cell says: a number, a date, a truth, or nothing. */

/** How the numbers of a file are written. */
export interface NumberFormat {
  readonly decimal: "." | ",";
}

/** How the cells of a file are written. */
export interface CellFormat extends NumberFormat {
  /** Words that mean a missing cell, besides those that always do; defaults to none. */
  readonly missing?: readonly string[];
}

const missingMarks = new Set(
  [
    "",
    "?",
    "na",
    "n/a",
    "#n/a",
    "<na>",
    "nan",
    "null",
    "(null)",
    "none",
    "nil",
    "-",
    "--",
    ".",
    "\\n",
    "missing",
  ].concat(["-nan", "#na", "#value!", "#div/0!", "inf", "-inf", "+inf", "infinity", "-infinity"]),
);

/** Empty, ?, NA and the like; infinite numbers too, which say no more. */
export function isMissing(cell: string, others?: readonly string[]): boolean {
  return (cell.length < 10 && missingMarks.has(cell.toLowerCase())) || others?.includes(cell) === true;
}

// Each alternative starts differently from the others, so matching is linear in the length of the cell.
const plain = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const grouped = /^[+-]?\d{1,3}(?:([, '\u2019\u00a0\u202f])\d{3})(?:\1\d{3})*(?:\.\d*)?$/;

/** The number in a cell without spaces around it; NaN if it is none. `12 %` is 0.12, `$1,234.50` is 1234.5. */
export function parseNumber(cell: string, { decimal }: NumberFormat): number {
  const value = +cell;
  if (!Number.isNaN(value)) {
    // JavaScript also reads empty cells, 0x10 and Infinity. Looking at characters is slow, so only where one may be
    // such.
    return Number.isInteger(value)
      ? isDecimal(cell)
        ? value
        : Number.NaN
      : Number.isFinite(value)
        ? value
        : Number.NaN;
  }
  // A number of 40 characters is a word.
  return cell.length < 40 ? parseDecorated(cell, decimal) : Number.NaN;
}

function isDecimal(cell: string): boolean {
  const second = cell.charCodeAt(1);
  return cell.charCodeAt(0) > 32 && !(second > 57 && second !== 69 && second !== 101);
}

function parseDecorated(cell: string, decimal: "." | ","): number {
  let text = cell.replace(/^([+-]?)[$€£¥]\s?/, "$1").replace(/\s?[€£]$/, "");
  const isPercent = text.endsWith("%");
  if (isPercent) text = text.slice(0, -1).trimEnd();
  if (decimal === ",") text = text.replace(/[.,]/g, (mark) => (mark === "," ? "." : ","));
  if (grouped.test(text)) text = text.replace(/[, '\u2019\u00a0\u202f]/g, "");
  text = text.replace("\u2212", "-");
  if (!plain.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isFinite(value) ? (isPercent ? value / 100 : value) : Number.NaN;
}

const truths = new Map<string, number>();
for (const [no, yes] of [
  ["false", "true"],
  ["no", "yes"],
  ["f", "t"],
  ["n", "y"],
  ["off", "on"],
]) {
  truths.set(no, 0).set(yes, 1);
}

/** 1 for true, yes, t, y and on, 0 for their opposites, else NaN. */
export function parseBoolean(cell: string): number {
  return truths.get(cell.toLowerCase()) ?? (cell === "1" || cell === "0" ? Number(cell) : Number.NaN);
}

const millisecondsPerDay = 86_400_000;
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

const time = "(?:[T ]+(\\d{1,2}):(\\d{2})(?::(\\d{2}(?:\\.\\d+)?))?\\s?([AaPp][Mm])?)?\\s?(Z|UTC|[+-]\\d{2}:?\\d{2})?";
const yearFirst = new RegExp(`^(\\d{4})[-/.](\\d{1,2})(?:[-/.](\\d{1,2}))?${time}$`);
const yearLast = new RegExp(`^(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4}|\\d{2})${time}$`);
const dayOfMonth = new RegExp(`^(\\d{1,2})[- ]([A-Za-z]{3,9})\\.?[-, ]+(\\d{4}|\\d{2})${time}$`);
const monthAndDay = new RegExp(`^([A-Za-z]{3,9})\\.? (\\d{1,2}),? (\\d{4})${time}$`);
const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?$/;

/**
 * Days since 1970-01-01, in UTC unless the cell names another zone; the part of a day for a time of day. NaN if the
 * cell is no date.
 *
 * @param dayFirst - whether 3/4/2025 is in April.
 */
export function parseDate(cell: string, dayFirst: boolean): number {
  if (cell.length < 5 || cell.length > 40) return Number.NaN;
  let match = yearFirst.exec(cell);
  if (match) return daysOf(match[1], Number(match[2]), Number(match[3] ?? 1), match.slice(4));
  match = yearLast.exec(cell);
  if (match) {
    const [, first, , second, year, ...rest] = match;
    return dayFirst || match[2] === "."
      ? daysOf(year, Number(second), Number(first), rest)
      : daysOf(year, Number(first), Number(second), rest);
  }
  match = dayOfMonth.exec(cell);
  if (match) return daysOf(match[3], monthOf(match[2]), Number(match[1]), match.slice(4));
  match = monthAndDay.exec(cell);
  if (match) return daysOf(match[3], monthOf(match[1]), Number(match[2]), match.slice(4));
  match = clock.exec(cell);
  return match ? dayPart(match[1], match[2], match[3] ?? "0") : Number.NaN;
}

const monthOf = (word: string): number => months.indexOf(word.slice(0, 3).toLowerCase()) + 1;

function daysOf(year: string, month: number, day: number, [hours, minutes, seconds, half, zone]: string[]): number {
  // Two digits: 69 to 99 are of the last century, as in POSIX.
  const full = year.length === 2 ? Number(year) + (Number(year) < 69 ? 2000 : 1900) : Number(year);
  const date = new Date(0);
  date.setUTCFullYear(full, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return Number.NaN;
  let part = 0;
  if (hours !== undefined) {
    const shift = half === undefined ? 0 : (/p/i.test(half) ? 12 : 0) - (Number(hours) === 12 ? 12 : 0);
    part = dayPart(String(Number(hours) + shift), minutes, seconds ?? "0");
  }
  return date.getTime() / millisecondsPerDay + part - zoneOf(zone);
}

function dayPart(hours: string, minutes: string, seconds: string): number {
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  return h <= 24 && m < 60 && s < 61 ? (h * 3600 + m * 60 + s) / 86400 : Number.NaN;
}

function zoneOf(zone: string | undefined): number {
  const match = zone === undefined ? null : /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  return match ? (Number(`${match[1]}1`) * (Number(match[2]) * 60 + Number(match[3]))) / 1440 : 0;
}
