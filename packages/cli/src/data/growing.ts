/** A vector that grows while a file is read, in blocks: it is never copied before it is whole. */

export interface Growing {
  push(value: number): void;
  forEach(visit: (value: number) => void): void;
  /** Puts another value in the place of each. */
  replace(change: (value: number) => number): void;
  /** All values; leaves none behind. */
  finish(): Float64Array;
}

const [firstBlock, largestBlock] = [16, 65536];

export function makeGrowing(): Growing {
  let blocks: Float64Array[] = [];
  let block = new Float64Array(firstBlock);
  let used = 0;
  let length = 0;
  const whole = () => [...blocks, block.subarray(0, used)];
  return {
    push(value) {
      if (used === block.length) {
        blocks.push(block);
        block = new Float64Array(Math.min(largestBlock, 2 * block.length));
        used = 0;
      }
      block[used++] = value;
      length++;
    },
    forEach(visit) {
      for (const part of whole()) for (const value of part) visit(value);
    },
    replace(change) {
      for (const part of whole()) for (let i = 0; i < part.length; i++) part[i] = change(part[i]);
    },
    finish() {
      const all = new Float64Array(length);
      let at = 0;
      for (const part of whole()) {
        all.set(part, at);
        at += part.length;
      }
      blocks = [];
      return all;
    },
  };
}
