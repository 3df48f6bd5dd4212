/** Many dots as one path: hundreds of elements would cost a frame more time than it has. */
export function dots(places: readonly (readonly [number, number])[], radius: number): string {
  const [r, d] = [radius, 2 * radius];
  return places
    .map(([x, y]) => `M${(x - r).toFixed(1)} ${y.toFixed(1)}a${r} ${r} 0 1 0 ${d} 0a${r} ${r} 0 1 0 -${d} 0`)
    .join("");
}
