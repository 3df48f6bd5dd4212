/**
 * Random programs: straight lines of jax-js, decoded from small integers so that fewer and smaller integers are a smaller
 * program. The text that a user reads is the text that runs.
 */
import { algebra } from "./algebra.ts";
import { type Draw, isFloat, maxSize, type Operand, type Operation, type Statement } from "./draw.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import type { Arithmetic, Jet } from "./jet.ts";
import { movement } from "./movement.ts";
import { products } from "./products.ts";
import { along } from "./reductions.ts";
import { make, sizeOf, type Value } from "./values.ts";

/** Small integers, one list a statement. */
export type Choices = readonly (readonly number[])[];

export interface Input {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly isInteger: boolean;
}

export interface Line extends Statement {
  readonly id: number;
}

/** A function of inputs: lines that make values, of which the last is returned. */
export interface Program {
  readonly inputs: readonly Input[];
  readonly lines: readonly Line[];
  /** The value that is returned. */
  readonly result: number;
}

const operations: readonly Operation[] = [
  ...elementwise,
  ...elementwise,
  ...along,
  ...movement,
  ...indexing,
  ...products,
  ...algebra,
];

/** Operations that are tried for a statement, since not every one fits. */
const attempts = 6;

/** Draws from a list, then zeros. */
function drawFrom(
  choices: readonly number[],
  operand: (n: () => number, fits: (value: Value) => boolean) => Operand | undefined,
): Draw {
  let next = 0;
  const number = () => choices[next++] ?? 0;
  const d: Draw = {
    below: (n) => (n > 0 ? number() % n : 0),
    pick: (from) => from[d.below(from.length)],
    chance: (percent) => number() % 100 >= 100 - percent,
    operand: (fits) => operand(number, fits),
  };
  return d;
}

/**
 * The program that choices stand for, on given inputs.
 *
 * @param a - exact arithmetic; the values that it gives decide what fits.
 */
export function decode(a: Arithmetic, inputs: readonly Input[], values: readonly Value[], choices: Choices): Program {
  const known: Value[] = [...values];
  const uses = known.map(() => 0);
  const lines: Line[] = [];
  for (const [first = 0, ...rest] of choices) {
    const draw = () =>
      drawFrom(rest, (number, fits) => {
        const fitting = known.flatMap((value, id) => (fits(value) ? [{ id, value }] : []));
        // The newest that nothing uses, then others, newest first.
        fitting.sort((p, q) => Number(uses[p.id] > 0) - Number(uses[q.id] > 0) || q.id - p.id);
        return fitting.length > 0 ? fitting[Math.min(number() % 8, number() % 8) % fitting.length] : undefined;
      });
    let line: Statement | undefined;
    for (let i = 0; line === undefined && i < attempts; i++) line = operations[(first + i) % operations.length](draw());
    if (line === undefined) continue;
    const value = line.evaluate(a, ...line.operands.map(({ id }) => known[id]));
    if (value.data.some(({ v }) => !Number.isFinite(v) || Math.abs(v) > 1e6)) continue;
    for (const { id } of line.operands) uses[id]++;
    known.push(value);
    uses.push(0);
    lines.push({ ...line, id: known.length - 1 });
  }
  const ends = endsOf(known, uses, values.length);
  const result = ends.length === 1 ? ends[0].id : known.length;
  if (ends.length > 1) lines.push({ ...joined(ends), id: result });
  return { inputs, lines: livingLines(lines, result), result };
}

/** Values joined by the last line at most. */
const maxEnds = 3;

/** Floats that a parameter moves and nothing uses, or the newest of those that it moves, or of all. */
function endsOf(known: readonly Value[], uses: readonly number[], inputs: number): Operand[] {
  const isMoved = (value: Value) => isFloat(value) && value.data.some(({ g }) => g !== undefined);
  let size = 0;
  const ends = known.flatMap((value, id) => (id >= inputs && uses[id] === 0 && isMoved(value) ? [{ id, value }] : []));
  const joinable = ends.toReversed().filter(({ value }, i) => {
    size += value.data.length;
    return i === 0 || (i < maxEnds && size <= maxSize);
  });
  if (joinable.length > 0) return joinable;
  const moved = known.findLastIndex(isMoved);
  const id = moved >= 0 ? moved : known.findLastIndex(isFloat);
  return [{ id, value: known[id] }];
}

function joined(operands: readonly Operand[]): Statement {
  return {
    operands,
    source: (...names) => `np.concatenate([${names.map((name) => `${name}.ravel()`).join(", ")}])`,
    evaluate: (_a, ...values) => {
      const data = values.flatMap((value) => value.data);
      return make(
        "float",
        [data.length],
        data,
        values.every(({ isWeak }) => isWeak),
      );
    },
  };
}

function livingLines(lines: readonly Line[], result: number): Line[] {
  const needed = new Set([result]);
  for (const { id, operands } of lines.toReversed()) if (needed.has(id)) for (const x of operands) needed.add(x.id);
  return lines.filter(({ id }) => needed.has(id));
}

export function evaluate({ lines, result }: Program, a: Arithmetic, values: readonly Value[]): Value {
  const known = new Map(values.map((value, id) => [id, value]));
  for (const { id, operands, evaluate: of } of lines) known.set(id, of(a, ...operands.map((x) => known.get(x.id)!)));
  return known.get(result)!;
}

/** The body of a function whose arguments have the names of the inputs; an array is handed on at its last use. */
export function sourceOf(
  { inputs, lines, result }: Program,
  end: (name: string) => string,
): { text: string; used: Set<string> } {
  const nameOf = (id: number) => inputs[id]?.name ?? `t${id - inputs.length}`;
  const left = new Map<number, number>();
  for (const { id } of lines.flatMap(({ operands }) => operands)) left.set(id, (left.get(id) ?? 0) + 1);
  left.set(result, (left.get(result) ?? 0) + 1);
  const take = (id: number): string => {
    const uses = left.get(id)! - 1;
    left.set(id, uses);
    return uses > 0 ? `${nameOf(id)}.ref` : nameOf(id);
  };
  const used = new Set([...left.keys()].flatMap((id) => inputs[id]?.name ?? []));
  const text = lines.map(
    ({ id, operands, source }) => `  const ${nameOf(id)} = ${source(...operands.map((x) => take(x.id)))};`,
  );
  return { text: [...text, `  return ${end(take(result))};`].join("\n"), used };
}

/** An input as a value; `element` makes one number of it. */
export function inputValue({ shape, data, isInteger }: Input, element: (v: number, i: number) => Jet): Value {
  if (data.length !== sizeOf(shape)) throw new Error(`An input of shape [${shape}] has ${data.length} numbers.`);
  return make(isInteger ? "int" : "float", shape, data.map(element));
}
