/**
 * Repeated blocks of a trace: JavaScript unrolls loops, so a solver of 200 steps or a net of 100 layers is the same
 * equations over and over, with other variables.
 *
 * Equations are compared by what they do and by the types of their operands. A period P is the distance at which most
 * of them come again, and blocks begin where the fewest values are alive. Two blocks are one function if their equations
 * read each other's results alike; a number that is not the same in all of them is an argument.
 */
import type { Jaxpr } from "@jax-js/jax";

type Equation = Jaxpr["eqns"][number];
type Atom = Equation["inputs"][number];

/** Where a value comes from: a result of an equation of the block, or an argument. */
type Source = { readonly equation: number; readonly result: number } | { readonly argument: number };

/** What is the same in all blocks: their equations, and where each operand comes from; undefined is a number. */
export interface Repeats {
  readonly length: number;
  /** First equations of the blocks. */
  readonly starts: readonly number[];
  readonly sources: readonly (readonly (Source | undefined)[])[];
  /** Which results are read outside of a block. */
  readonly results: readonly { readonly equation: number; readonly result: number }[];
  /** What each block is called with. */
  readonly args: readonly (readonly Atom[])[];
  /** Elements of an equation on average, eight multiplications of a product being one. */
  readonly work: number;
}

/** Primitives of repeated blocks: those whose derivatives and loops need nothing but their operands. */
const ordinary = new Set(
  (
    "add mul neg max min reciprocal exp log sqrt sin cos asin atan erf erfc compare where cast reduce dot broadcast " +
    "reshape transpose flip shrink pad concatenate split stop_gradient"
  ).split(" "),
);

/** Equations of a program in which repetitions are looked for. */
const longProgram = 400;
/** Blocks, and equations of each, that are worth a function. */
const [fewestBlocks, shortestBlock] = [8, 16];
/** Equations that a call costs as much as, of those of a block as often as they are compiled. */
const costOfCall = 3;

const isNumber = (atom: Atom): atom is Atom & { value: number } => "value" in atom;

const isOrdinary = ({ primitive, params }: Equation): boolean =>
  primitive === "jit" ? (params.jaxpr as Jaxpr).eqns.every(isOrdinary) : ordinary.has(primitive);

/** Equations that do the same have the same number. */
function signatures(equations: readonly Equation[]): Int32Array {
  const numbers = new Map<string, number>();
  const jitted = new Map<unknown, number>();
  return Int32Array.from(equations, (equation) => {
    if (!isOrdinary(equation)) return -1;
    const { primitive, inputs, params, outBinders } = equation;
    const types = [...inputs, ...outBinders].map(
      (atom) => `${isNumber(atom) ? "" : "v"}${atom.aval.dtype}${atom.aval.weakType}${atom.aval.shape}`,
    );
    if (primitive === "jit" && !jitted.has(params.jaxpr)) jitted.set(params.jaxpr, jitted.size);
    const what = primitive === "jit" ? jitted.get(params.jaxpr) : JSON.stringify(params);
    const key = `${primitive}|${types.join("|")}|${what}`;
    const known = numbers.get(key) ?? numbers.size;
    numbers.set(key, known);
    return known;
  });
}

/** Distances at which a row of `shortestBlock` equations comes again, for the first time, often enough. */
function distances(numbers: Int32Array): number[] {
  const last = new Map<number, number>();
  const counts = new Map<number, number>();
  for (let i = 0; i + shortestBlock <= numbers.length; i++) {
    const row = numbers.subarray(i, i + shortestBlock).reduce((hash, n) => Math.imul(hash ^ n, 0x9e3779b1), 0);
    const before = last.get(row);
    last.set(row, i);
    if (before !== undefined) counts.set(i - before, (counts.get(i - before) ?? 0) + 1);
  }
  const often = [...counts].filter(([, count]) => count >= fewestBlocks).map(([distance]) => distance);
  return [...new Set(often.map((distance) => distance * Math.ceil(shortestBlock / distance)))];
}

/** The period, and the longest run [begin, end) of equations that all come again after it, up to the last of them. */
function period(numbers: Int32Array): { length: number; begin: number; end: number } | undefined {
  let best: { length: number; begin: number; end: number } | undefined;
  let most = 0;
  for (const length of distances(numbers)) {
    let begin = 0;
    for (let i = 0; i + length <= numbers.length; i++) {
      if (i + length < numbers.length && numbers[i] === numbers[i + length] && numbers[i] >= 0) continue;
      const blocks = Math.floor((i - begin) / length) + 1;
      const saved = (blocks - 1) * length;
      if (blocks >= fewestBlocks && saved > most) {
        most = saved;
        best = { length, begin, end: i + length };
      }
      begin = i + 1;
    }
  }
  return best;
}

/** How many results of earlier equations are read by each equation or later ones, but for those that end in `outs`. */
function livingAt(equations: readonly Equation[], outs: readonly Atom[]): Int32Array {
  const last = new Map<Atom, number>();
  equations.forEach(({ inputs }, i) => {
    for (const atom of inputs) last.set(atom, i);
  });
  for (const atom of outs) last.delete(atom);
  const changes = new Int32Array(equations.length + 2);
  equations.forEach(({ outBinders }, i) => {
    for (const binder of outBinders) {
      changes[i + 1]++;
      changes[(last.get(binder as Atom) ?? i) + 1]--;
    }
  });
  for (let i = 1; i < changes.length; i++) changes[i] += changes[i - 1];
  return changes;
}

/** @returns undefined if a program is short, or nothing in it comes often. */
export function repeatsOf({ eqns, outs }: Jaxpr): Repeats | undefined {
  if (eqns.length < longProgram) return undefined;
  const found = period(signatures(eqns));
  if (found === undefined) return undefined;
  const { begin, end } = found;
  const blocks = Math.floor((end - begin) / found.length);
  const length = found.length * Math.max(1, Math.floor(Math.sqrt((blocks * costOfCall) / found.length)));
  const living = livingAt(eqns, outs);
  // In the middle: what all blocks leave behind for the end grows with every one.
  const middle = begin + Math.floor((end - begin) / 2 / length) * length;
  let phase = 0;
  for (let i = 1; i < length; i++) if (living[middle + i] < living[middle + phase]) phase = i;
  const count = Math.floor((end - begin - phase) / length);
  const all = Array.from({ length: count }, (_, k) => blockAt(eqns, begin + phase + k * length, length));
  const { key } = all[Math.floor(count / 2)];
  const same = all.filter((block) => block.key === key);
  return same.length < fewestBlocks ? undefined : describe(eqns, outs, same);
}

/** Equations from `start` on. */
interface Block {
  readonly start: number;
  readonly equations: readonly Equation[];
  readonly sources: readonly (readonly (Source | undefined)[])[];
  /** All that is read and not a result of the block, each once. */
  readonly outside: readonly Atom[];
  /** The same for blocks whose operands come from the same places. */
  readonly key: string;
}

function blockAt(all: readonly Equation[], start: number, length: number): Block {
  const equations = all.slice(start, start + length);
  const made = new Map<Atom, Source>();
  const outside: Atom[] = [];
  const places: string[] = [];
  const sources = equations.map(({ inputs, outBinders }, equation) => {
    const own = inputs.map((atom): Source | undefined => {
      if (isNumber(atom)) return undefined;
      let source = made.get(atom);
      if (source === undefined) {
        source = { argument: outside.push(atom) - 1 };
        made.set(atom, source);
      }
      places.push("argument" in source ? `a${source.argument}` : `${source.equation}.${source.result}`);
      return source;
    });
    outBinders.forEach((binder, result) => {
      made.set(binder as Atom, { equation, result });
    });
    return own;
  });
  return { start, equations, sources, outside, key: places.join() };
}

function describe(all: readonly Equation[], outs: readonly Atom[], blocks: readonly Block[]): Repeats {
  const [{ equations, sources }] = blocks;
  const inside = new Set(blocks.flatMap((block) => block.equations));
  // Read by the rest of the program or by another block.
  const readOutside = new Set<Atom>([...outs, ...blocks.flatMap((block) => block.outside)]);
  for (const equation of all) if (!inside.has(equation)) for (const atom of equation.inputs) readOutside.add(atom);
  const results = equations.flatMap(({ outBinders }, equation) =>
    outBinders.flatMap((_, result) =>
      blocks.some((block) => readOutside.has(block.equations[equation].outBinders[result] as Atom))
        ? [{ equation, result }]
        : [],
    ),
  );
  // Numbers that differ between blocks become arguments.
  const args = blocks.map((block) => [...block.outside]);
  const own = sources.map((row, equation) =>
    row.map((source, i) => {
      const numbers = blocks.map((block) => block.equations[equation].inputs[i]);
      const [first] = numbers;
      if (source !== undefined || !isNumber(first)) return source;
      if (numbers.every((atom) => isNumber(atom) && Object.is(atom.value, first.value))) return undefined;
      numbers.forEach((atom, k) => {
        args[k].push(atom);
      });
      return { argument: args[0].length - 1 };
    }),
  );
  return {
    length: equations.length,
    starts: blocks.map(({ start }) => start),
    sources: own,
    results,
    args,
    work: equations.reduce((sum, equation) => sum + workOf(equation), 0) / equations.length,
  };
}

function workOf({ primitive, inputs, outBinders }: Equation): number {
  const count = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
  const [x] = inputs;
  if (primitive === "reduce") return count(x.aval.shape);
  return count(outBinders[0].aval.shape) * (primitive === "dot" ? x.aval.shape.at(-1)! / 8 : 1);
}
