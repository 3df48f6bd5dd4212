/** Files that went wrong on their way. */
import fc from "fast-check";

/** A valid file with bytes changed, cut off, inserted or left out. */
export function damagedFile(file: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc
    .record({
      changes: fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 4 }),
      from: fc.nat(file.length),
      inserted: fc.uint8Array({ maxLength: 8 }),
      skipped: fc.nat(8),
      end: fc.oneof(fc.constant(file.length), fc.nat(file.length)),
    })
    .map(({ changes, from, inserted, skipped, end }) => {
      const changed = Uint8Array.from(file.subarray(0, end));
      for (const [at, value] of changes) if (at < end) changed[at] = value;
      return Uint8Array.from([...changed.subarray(0, from), ...inserted, ...changed.subarray(from + skipped)]);
    });
}
