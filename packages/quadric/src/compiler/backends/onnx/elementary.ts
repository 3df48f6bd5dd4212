/**
 * Elementwise functions that ONNX Runtime has in float32 only, in float64: the float32 value, corrected once.
 *
 *   y₀ = atan₃₂ x,   atan x = y₀ + δ,   tan δ = (x·cos y₀ − sin y₀)/(cos y₀ + x·sin y₀) = r,   δ = r − r³/3 + O(r⁵)
 *
 * y₀ is right to 1e-7, so that the term left out is below 1e-35. And asin x = 2·atan(x/(1 + √(1 − x²))).
 */
import type { Emitter } from "./emitter.ts";
import { typeCode } from "./emitter.ts";

export function atan64(emitter: Emitter, x: string): string {
  const { emit } = emitter;
  // atan is π/2 to the last bit long before; infinity would give infinity over infinity below.
  const finite = emit("Clip", [x, emitter.scalar(-1e300, "float64"), emitter.scalar(1e300, "float64")]);
  const rough = emit("Atan", [emit("Cast", [finite], { to: typeCode("float32") })]);
  const y = emit("Cast", [rough], { to: typeCode("float64") });
  const [sin, cos] = [emit("Sin", [y]), emit("Cos", [y])];
  const numerator = emit("Sub", [emit("Mul", [finite, cos]), sin]);
  const r = emit("Div", [numerator, emit("Add", [cos, emit("Mul", [finite, sin])])]);
  const cubed = emit("Mul", [r, emit("Mul", [r, r])]);
  return emit("Add", [y, emit("Sub", [r, emit("Div", [cubed, emitter.scalar(3, "float64")])])]);
}

export function asin64(emitter: Emitter, x: string): string {
  const { emit } = emitter;
  const one = emitter.scalar(1, "float64");
  const root = emit("Sqrt", [emit("Sub", [one, emit("Mul", [x, x])])]);
  const half = atan64(emitter, emit("Div", [x, emit("Add", [one, root])]));
  return emit("Add", [half, half]);
}
