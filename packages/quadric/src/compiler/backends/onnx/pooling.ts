/**
 * Windows in ONNX: reductions of them if a reduction follows, convolutions with kernels of zeros and ones elsewhere.
 *
 *   max over windows      MaxPool
 *   sum over windows      if they tile x, a product with a matrix of zeros and ones: row i of S picks the elements of
 *                         window i; else a convolution with ones
 *   its transpose         the product with Sᵀ, or the transposed convolution
 *   the windows alone     a convolution with one kernel a place of the window
 *
 * The products do a few times the arithmetic and are faster by half than the operators made for it (AveragePool,
 * Resize).
 */
import { elementCount, type Node, type Windows, windowsOf } from "../../ir/graph.ts";
import { reducesWindows } from "../../ir/rules/pool.ts";
import { convolve } from "./conv.ts";
import type { Emitter } from "./emitter.ts";
import type { Scope, Value } from "./scope.ts";

/** Wider rows than this make the product with S do too much arithmetic. */
const widestProduct = 128;

interface Layout extends Windows {
  /** Elements before the pooled axes, as one. */
  readonly lead: number;
  readonly input: readonly number[];
  readonly output: readonly number[];
}

function layoutOf(windows: Windows, x: readonly number[], windowed: readonly number[]): Layout {
  const n = windows.window.length;
  return { ...windows, lead: elementCount(x.slice(0, -n)), input: x.slice(-n), output: windowed.slice(-2 * n, -n) };
}

/** A reduction of windows that only it uses; undefined if it is lowered like any other. */
export function lowerWindowReduction({ emitter, name, usedOnce }: Scope, node: Node): string | undefined {
  const [windowed] = node.inputs;
  const op = node.attributes.op as string;
  if (!reducesWindows(windowed, node.attributes.axes as number[]) || !usedOnce(windowed)) return undefined;
  const [x] = windowed.inputs;
  const layout = layoutOf(windowsOf(windowed), x.shape, windowed.shape);
  const images = [layout.lead, 1, ...layout.input];
  const finish = (result: string) => emitter.emit("Reshape", [result, emitter.integers(node.shape)]);
  if (op === "sum") {
    if (tilesRows(layout)) {
      const rows = emitter.emit("Reshape", [
        name(x),
        emitter.integers([layout.lead * layout.output[0], rowLength(layout)]),
      ]);
      return finish(emitter.emit("MatMul", [rows, windowMatrix(emitter, layout, node, false)]));
    }
    return finish(convolveWindows(emitter, "conv", { name: name(x), shape: images }, layout, node, "ones"));
  }
  const attributes = { kernel_shape: layout.window, strides: layout.strides };
  const signed = (value: string) => (op === "max" ? value : emitter.emit("Neg", [value]));
  const value = emitter.emit("Reshape", [name(x), emitter.integers(images)]);
  return finish(signed(emitter.emit("MaxPool", [signed(value)], attributes)));
}

/** The windows of x, [*l, o…, w…]. */
export function lowerPool({ emitter, name }: Scope, node: Node): string {
  const [x] = node.inputs;
  const layout = layoutOf(windowsOf(node), x.shape, node.shape);
  const images = { name: name(x), shape: [layout.lead, 1, ...layout.input] };
  const places = convolveWindows(emitter, "conv", images, layout, node, "places");
  const perm = [0, ...layout.output.map((_, i) => i + 2), 1];
  return emitter.emit("Reshape", [emitter.emit("Transpose", [places], { perm }), emitter.integers(node.shape)]);
}

/** Windows added back to where they came from. */
export function lowerPoolTranspose({ emitter, name, usedOnce }: Scope, node: Node): string {
  const [windowed] = node.inputs;
  const layout = layoutOf(windowsOf(node), node.shape, windowed.shape);
  const finish = (result: string) => emitter.emit("Reshape", [result, emitter.integers(node.shape)]);
  const repeated = usedOnce(windowed) ? repeatedOverWindows(windowed, layout) : undefined;
  if (repeated && tilesRows(layout)) {
    const [first, ...rest] = layout.output;
    const rows = emitter.emit("Reshape", [name(repeated), emitter.integers([layout.lead * first, ...rest])]);
    return finish(emitter.emit("MatMul", [rows, windowMatrix(emitter, layout, node, true)]));
  }
  if (repeated) {
    const values = { name: name(repeated), shape: [layout.lead, 1, ...layout.output] };
    return finish(convolveWindows(emitter, "conv_input", values, layout, node, "ones"));
  }
  const places = elementCount(layout.window);
  const flat = emitter.emit("Reshape", [name(windowed), emitter.integers([layout.lead, ...layout.output, places])]);
  const rank = layout.output.length + 2;
  const perm = [0, rank - 1, ...layout.output.map((_, i) => i + 1)];
  const values = { name: emitter.emit("Transpose", [flat], { perm }), shape: [layout.lead, places, ...layout.output] };
  return finish(convolveWindows(emitter, "conv_input", values, layout, node, "places"));
}

/** u, when all places of a window hold the same: windowed = u [*l, o…, 1…] expanded. */
function repeatedOverWindows(windowed: Node, { window }: Layout): Node | undefined {
  if (windowed.op !== "expand") return undefined;
  const [u] = windowed.inputs;
  const n = window.length;
  const same =
    u.shape.length === windowed.shape.length && u.shape.slice(0, -n).every((m, i) => m === windowed.shape[i]);
  return same && u.shape.slice(-n).every((m) => m === 1) ? u : undefined;
}

/** Whether windows of two axes lie side by side without remainder, in rows that a product with S may take. */
function tilesRows({ window, strides, input, output }: Layout): boolean {
  const tiles = window.every((w, i) => w === strides[i] && w * output[i] === input[i]);
  return tiles && window.length === 2 && output[1] <= widestProduct;
}

/** Elements of x under one row of windows. */
function rowLength({ window, input }: Layout): number {
  return window[0] * input[1];
}

/** S [w₁·i₂, o₂], which sums the windows of a row of them; or its transpose. */
function windowMatrix(emitter: Emitter, layout: Layout, { dtype }: Node, transposed: boolean): string {
  const [rows, columns] = [rowLength(layout), layout.output[1]];
  const matrix = new Uint8Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const j = Math.floor((i % layout.input[1]) / layout.window[1]);
    matrix[transposed ? j * rows + i : i * columns + j] = 1;
  }
  return emitter.constant(matrix, transposed ? [columns, rows] : [rows, columns], dtype);
}

/**
 * Images [l, 1, i…] with every window summed, [l, 1, o…], or taken apart, [l, W, o…], by kernels of ones or one kernel
 * a place; with conv_input the transpose of that.
 */
function convolveWindows(
  emitter: Emitter,
  op: "conv" | "conv_input",
  values: Value,
  { window, strides, lead, input, output }: Layout,
  { dtype }: Node,
  kernels: "ones" | "places",
): string {
  const places = elementCount(window);
  const count = kernels === "ones" ? 1 : places;
  const taps = new Uint8Array(count * places);
  if (kernels === "ones") taps.fill(1);
  else for (let i = 0; i < places; i++) taps[i * places + i] = 1;
  const shape = [count, 1, ...window];
  const kernel = { name: emitter.constant(taps, shape, dtype), shape };
  const geometry = { strides, dilations: window.map(() => 1), padding: window.map(() => 0), groups: 1 };
  const named = { ...values, name: emitter.emit("Reshape", [values.name, emitter.integers(values.shape)]) };
  const result = op === "conv" ? [lead, count, ...output] : [lead, 1, ...input];
  return convolve(emitter, op, named, kernel, geometry, result, dtype);
}
