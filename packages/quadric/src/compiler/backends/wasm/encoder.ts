/**
 * WebAssembly modules as bytes: the few sections that a compiled graph needs.
 *
 * A module imports one memory and functions of float64 numbers, and exports `run`, the last of its functions. All
 * functions of its own take and return nothing.
 */

export type ValueType = "i32" | "f32" | "f64" | "v128";

/** Instructions by their bytes. */
export const instruction = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  end: [0x0b],
  branchIf: [0x0d],
  call: [0x10],
  drop: [0x1a],
  select: [0x1b],
  get: [0x20],
  set: [0x21],
  tee: [0x22],
  i32: {
    constant: 0x41,
    notEqual: 0x47,
    lessUnsigned: 0x49,
    lessEqualUnsigned: 0x4d,
    add: 0x6a,
    sub: 0x6b,
    mul: 0x6c,
    divideUnsigned: 0x6e,
    remainder: 0x6f,
    remainderUnsigned: 0x70,
    and: 0x71,
    or: 0x72,
    xor: 0x73,
    shl: 0x74,
    shiftSigned: 0x75,
    rotate: 0x77,
  },
  fill: [0xfc, 0x0b, 0x00],
  copy: [0xfc, 0x0a, 0x00, 0x00],
} as const;

const typeCodes: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** An unsigned integer, LEB128. */
export function unsigned(n: number): number[] {
  const bytes: number[] = [];
  appendUnsigned(bytes, n);
  return bytes;
}

export function appendUnsigned(bytes: number[], n: number): void {
  let rest = n;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
}

/** A signed 32-bit integer, LEB128. */
export function signed(n: number): number[] {
  const bytes: number[] = [];
  let rest = n | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** The instruction that pushes a number. */
export function constant(type: ValueType, value: number): number[] {
  if (type === "i32") return [instruction.i32.constant, ...signed(value)];
  const view = new DataView(new ArrayBuffer(8));
  if (type === "f32") view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return [type === "f32" ? 0x43 : 0x44, ...new Uint8Array(view.buffer, 0, type === "f32" ? 4 : 8)];
}

/** The operands of a load or store: log₂ of the alignment, and a constant added to the address. */
export function memoryOperands(alignment: number, offset: number): number[] {
  return [alignment, ...unsigned(offset)];
}

/** A function under construction. */
export interface FunctionBody {
  readonly locals: ValueType[];
  readonly code: number[];
}

export interface ImportedFunction {
  readonly name: string;
  /** How many float64 arguments it takes; it returns one. */
  readonly parameters: number;
}

type Bytes = readonly number[];

function section(id: number, entries: readonly (readonly Bytes[])[]): Bytes[] {
  const body = [unsigned(entries.length), ...entries.flat()];
  return [[id], unsigned(body.reduce((sum, { length }) => sum + length, 0)), ...body];
}

function name(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...unsigned(bytes.length), ...bytes];
}

/** Functions of i32, f64 and vector locals, in the order in which they were made. */
function encodeFunction({ locals, code }: FunctionBody): Bytes[] {
  const runs: [count: number, type: ValueType][] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.[1] === type) last[0]++;
    else runs.push([1, type]);
  }
  const declared = [
    unsigned(runs.length),
    ...runs.map(([count, type]) => [...unsigned(count), typeCodes[type]]),
  ].flat();
  return [unsigned(declared.length + code.length + 1), declared, code, instruction.end];
}

const mostParameters = 2;

export function encodeModule(imports: readonly ImportedFunction[], functions: readonly FunctionBody[]): Uint8Array {
  // Type n takes n numbers and returns one; the last takes and returns nothing.
  const number = typeCodes.f64;
  const types = Array.from({ length: mostParameters + 1 }, (_, n) => [0x60, n, ...Array(n).fill(number), 1, number]);
  const procedure = types.length;
  const parts = [
    [[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]],
    section(
      1,
      [...types, [0x60, 0, 0]].map((type) => [type]),
    ),
    section(2, [
      ...imports.map(({ name: called, parameters }) => [name("math"), name(called), [0x00, parameters]]),
      [name("host"), name("memory"), [0x02, 0x00, 0x01]],
    ]),
    section(
      3,
      functions.map(() => [[procedure]]),
    ),
    section(7, [[name("run"), [0x00, ...unsigned(imports.length + functions.length - 1)]]]),
    section(10, functions.map(encodeFunction)),
  ].flat();
  const module = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    module.set(part, at);
    at += part.length;
  }
  return module;
}
