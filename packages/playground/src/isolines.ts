/**
 * Marching squares: the line on which a grid of values has a level, as a path of SVG.
 *
 * @param values - Row by row, `columns` a row.
 * @param place - Where a position on the grid lies in the picture, as "x y".
 */
export function isolines(
  values: ArrayLike<number>,
  columns: number,
  level: number,
  place: (column: number, row: number) => string,
): string {
  const parts: string[] = [];
  const rows = values.length / columns;
  for (let j = 0; j + 1 < rows; j++) {
    for (let i = 0; i + 1 < columns; i++) {
      const k = j * columns + i;
      const [a, b, c, d] = [values[k], values[k + 1], values[k + columns + 1], values[k + columns]];
      // Where the level crosses the sides of the cell: at none, two, or all four of them.
      const crossings: string[] = [];
      if (a < level !== b < level) crossings.push(place(i + (level - a) / (b - a), j));
      if (b < level !== c < level) crossings.push(place(i + 1, j + (level - b) / (c - b)));
      if (d < level !== c < level) crossings.push(place(i + (level - d) / (c - d), j + 1));
      if (a < level !== d < level) crossings.push(place(i, j + (level - a) / (d - a)));
      for (let n = 0; n + 1 < crossings.length; n += 2) parts.push(`M${crossings[n]}L${crossings[n + 1]}`);
    }
  }
  return parts.join("");
}
