/**
 * The known name that somebody meant: fewest letters changed, inserted, dropped or swapped with their neighbour, whatever
 * their case. If more than a third of them differ, the only name that begins so.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const far = (other: string) => distance(name.toLowerCase(), other.toLowerCase());
  const [best] = known.map((other) => ({ other, letters: far(other) })).sort((a, b) => a.letters - b.letters);
  if (best && best.letters <= Math.max(name.length, best.other.length) / 3) return best.other;
  const longer = known.filter((other) => name.length > 2 && other.toLowerCase().startsWith(name.toLowerCase()));
  return longer.length === 1 ? longer[0] : undefined;
}

/** " Did you mean …?", or nothing. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name.slice(0, longest), known.filter(({ length }) => length <= longest).slice(0, most));
  return near === undefined ? "" : ` Did you mean ${JSON.stringify(near)}?`;
}

/** A file may have a hundred thousand columns with names of any length. */
const [most, longest] = [1000, 80];

function distance(s: string, t: string): number {
  let [before, row] = [[] as number[], Array.from({ length: t.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= s.length; i++) {
    const next = [i];
    for (let j = 1; j <= t.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(s[i - 1] !== t[j - 1]));
      if (i > 1 && j > 1 && s[i - 1] === t[j - 2] && s[i - 2] === t[j - 1])
        next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    [before, row] = [row, next];
  }
  return row[t.length];
}
