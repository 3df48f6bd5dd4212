/**
 * Random bits, and unsigned integers at all, which ONNX Runtime adds and multiplies as signed ones of twice the width
 * only: a word w is the int64 w in [0, 2³²).
 */
import { type ElementType, elementCount, type Node, type RandomBits } from "../../ir/graph.ts";
import { parity, rotations } from "../threefry.ts";
import { type Emitter, typeCode } from "./emitter.ts";
import type { Scope } from "./scope.ts";

/** How words enter and leave a program: their bits as int32. */
export const boundaryType = (dtype: ElementType): ElementType => (dtype === "uint32" ? "int32" : dtype);

export const toBoundary = (emitter: Emitter, word: string): string =>
  emitter.emit("Cast", [word], { to: typeCode("int32") });

export const fromBoundary = (emitter: Emitter, bits: string): string =>
  moduloWord(emitter, emitter.emit("Cast", [bits], { to: typeCode("int64") }));

export function moduloWord(emitter: Emitter, value: string): string {
  return emitter.emit("BitwiseAnd", [value, emitter.scalar(2 ** 32 - 1, "int64")]);
}

/** Threefry of each key and the counters 0, 1, …; see backends/wasm/threefry.ts. */
export function lowerRandomBits({ emitter, name }: Scope, { inputs, shape, attributes }: Node): string {
  const { emit, scalar, constant, integers } = emitter;
  const { mode } = attributes as unknown as RandomBits;
  const lead = inputs[0].shape;
  const own = shape.slice(lead.length);
  const word = (value: number) => scalar(value, "int64");
  const sum = (x: string, y: string) => moduloWord(emitter, emit("Add", [x, y]));
  const xor = (x: string, y: string) => emit("BitwiseXor", [x, y]);
  // x·2ʳ has below 2³² what stays, and above what comes round; the difference is a multiple of 2³² that float64 holds.
  const rotated = (x: string, bits: number) => {
    const product = emit("Mul", [x, word(2 ** bits)]);
    const low = moduloWord(emitter, product);
    const high = emit("Cast", [emit("Sub", [product, low])], { to: typeCode("float64") });
    const round = emit("Cast", [emit("Mul", [high, scalar(2 ** -32, "float64")])], { to: typeCode("int64") });
    return emit("Add", [low, round]);
  };
  const [k0, k1] = inputs.map((key) => emit("Reshape", [name(key), integers([...lead, ...own.map(() => 1)])]));
  const keys = [k0, k1, xor(xor(k0, k1), word(parity))];
  const count = constant(
    Array.from({ length: elementCount(own) }, (_, i) => i),
    own,
    "int64",
  );
  let x1 = sum(count, k1);
  let x0 = emit("Expand", [k0, integers(shape)]);
  rotations.forEach((bits, round) => {
    x0 = sum(x0, x1);
    x1 = xor(rotated(x1, bits), x0);
    if (round % 4 < 3) return;
    const step = (round + 1) / 4;
    x0 = sum(x0, keys[step % 3]);
    x1 = sum(x1, emit("Add", [keys[(step + 1) % 3], word(step)]));
  });
  return mode === "xor" ? xor(x0, x1) : [x0, x1][mode];
}

/** (−1)ˢ·2ᵉ⁻¹²⁷·(1 + m·2⁻²³) of the bits s, e, m; and without the 1, of the smallest e, for e = 0. */
export function lowerBitcast({ emitter, name }: Scope, { inputs, dtype }: Node): string {
  const { emit, scalar, constant } = emitter;
  const bits = name(inputs[0]);
  const significand = scalar(2 ** 23, "int64");
  const exponent = emit("Div", [bits, significand]);
  const each = <T>(f: (sign: number, e: number) => T) =>
    Array.from({ length: 512 }, (_, i) => f(i < 256 ? 1 : -1, i % 256));
  const scale = constant(
    each((sign, e) => sign * (e === 255 ? Infinity : 2 ** (Math.max(e, 1) - 127))),
    [512],
    dtype,
  );
  const leading = constant(
    each((_, e) => Number(e > 0)),
    [512],
    dtype,
  );
  const m = emit("Cast", [emit("Mod", [bits, significand])], { to: typeCode(dtype) });
  const fraction = emit("Mul", [m, scalar(2 ** -23, dtype)]);
  const at = (table: string) => emit("Gather", [table, exponent], { axis: 0 });
  return emit("Mul", [at(scale), emit("Add", [at(leading), fraction])]);
}
