/** The constants of Threefry-2×32 with 20 rounds. Reference: [Salmon2011]. */

/** What the words of the key are combined with to a third. */
export const parity = 0x1bd11bda;

/** By how many bits a round rotates. */
export const rotations: readonly number[] = Array.from(
  { length: 20 },
  (_, i) => [13, 15, 26, 6, 17, 29, 16, 24][i % 8],
);
