/** What rank r brings to a sum: of different sizes, so that the order of additions shows in the last bits. */
export function term(rank: number): number[] {
  return Array.from({ length: 11 }, (_, i) => Math.sin(1 + i + 11 * rank) * 10 ** (rank % 3));
}
