/** Inputs and targets as `model.fit` takes them, checked against the model and brought to the host. */
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ShapeError } from "../errors.ts";
import { slice } from "../training/tree.ts";
import type { Tensor } from "../vector/tensor.ts";
import { layersOf } from "./layers/call.ts";
import { namedLoss } from "./losses.ts";
import type { OutputLoss, TfjsBatch } from "./problem.ts";

/**
 * A tensor of TensorFlow.js, only read, or of ours: one, or one for each input or output in their order or by their
 * names.
 */
export type TfjsData = AnyTensor | readonly AnyTensor[] | { readonly [name: string]: AnyTensor };
export type AnyTensor = tf.Tensor | Tensor;

const isTensor = (value: unknown): value is AnyTensor => {
  const { shape, data, dataSync } = value as { shape?: unknown; data?: unknown; dataSync?: unknown };
  return Array.isArray(shape) && (typeof dataSync === "function" || ArrayBuffer.isView(data));
};

/** A tensor of the host as one of TensorFlow.js. */
export function tensorOf({ shape, data }: Tensor): tf.Tensor {
  const isInteger = data instanceof Int32Array || data instanceof Uint8Array;
  return tf.tensor(data as Float32Array, [...shape], isInteger ? "int32" : "float32");
}

/** Inputs and targets of n examples each. */
export async function dataOf(
  model: LayersModel,
  outputLosses: readonly OutputLoss[],
  x: TfjsData,
  y: TfjsData,
  what = "",
): Promise<{ x: Tensor[]; y: Tensor[] }> {
  const inputs = await tensorsOf(x, `${what}x`, model.inputNames);
  const targets = await tensorsOf(y, `${what}y`, model.outputNames);
  const checked = {
    x: inputs.map((tensor, i) => checkedInput(model.inputs[i], `${what}x`, model.inputNames[i], tensor)),
    y: targets.map((tensor, o) =>
      checkedTarget(model.outputs[o], outputLosses[o], `${what}y`, model.outputNames[o], tensor),
    ),
  };
  checkIndices(model, checked.x);
  const n = checked.x[0].shape[0];
  for (const { shape } of [...checked.x, ...checked.y]) {
    if (shape[0] !== n)
      throw new ShapeError(
        `fitTfjs: ${what}x and ${what}y must have the same number of examples, got ${n} and ${shape[0]}.`,
      );
  }
  return checked;
}

async function tensorsOf(value: TfjsData, what: string, names: readonly string[]): Promise<Tensor[]> {
  if (value === undefined || value === null) throw new TypeError(`fitTfjs: ${what} must be a tensor, got ${value}.`);
  const listed = isTensor(value) ? [value] : Array.isArray(value) ? value : undefined;
  const list = listed ?? names.map((name) => (value as Record<string, AnyTensor>)[name]);
  if (list.length !== names.length || !list.every((one) => one != null && isTensor(one))) {
    const wanted = names.length === 1 ? "one tensor" : `a tensor for each of ${names.join(", ")}`;
    throw new TypeError(`fitTfjs: ${what} must be ${wanted}, got ${describe(value)}.`);
  }
  return Promise.all(list.map(hostTensor));
}

function describe(value: TfjsData): string {
  if (isTensor(value)) return "one tensor";
  return Array.isArray(value)
    ? `a list of ${value.length}`
    : `an object with ${Object.keys(value).join(", ") || "nothing"}`;
}

async function hostTensor(value: AnyTensor): Promise<Tensor> {
  const tensor =
    value instanceof tf.Tensor ? { shape: value.shape, data: (await value.data()) as Float32Array } : value;
  // One number an example is [n, 1], as for TensorFlow.js.
  const shape = tensor.shape.length === 1 ? [tensor.shape[0], 1] : [...tensor.shape];
  return { shape, data: tensor.data };
}

const fits = (shape: readonly number[], wanted: readonly (number | null)[]) =>
  shape.length === wanted.length && wanted.every((n, i) => i === 0 || n === null || n === shape[i]);

const open = (shape: readonly (number | null)[]) => `[n, ${shape.slice(1).join(", ")}]`;

function checkedInput(input: SymbolicTensor, what: string, name: string, tensor: Tensor): Tensor {
  if (!fits(tensor.shape, input.shape))
    throw new ShapeError(
      `fitTfjs: ${what} must have shape ${open(input.shape)} for the input "${name}", got [${tensor.shape}].`,
    );
  return { ...tensor, data: Float32Array.from(tensor.data) };
}

function checkedTarget(
  output: SymbolicTensor,
  { loss }: OutputLoss,
  what: string,
  name: string,
  tensor: Tensor,
): Tensor {
  const takesClasses = namedLoss(loss)?.takesClasses === true;
  const wanted = takesClasses ? [...output.shape.slice(0, -1), 1] : output.shape;
  if (!fits(tensor.shape, wanted))
    throw new ShapeError(
      `fitTfjs: ${what} must have shape ${open(wanted)} for the output "${name}", got [${tensor.shape}].`,
    );
  if (!takesClasses) return { ...tensor, data: Float32Array.from(tensor.data) };
  requireIndices(
    tensor,
    output.shape.at(-1)!,
    (range, got) => `${what} must hold classes ${range} for the output "${name}", got ${got}`,
  );
  return { ...tensor, data: Int32Array.from(tensor.data) };
}

/** Inputs that are looked up in a table are places in it. */
function checkIndices(model: LayersModel, x: readonly Tensor[]): void {
  for (const layer of layersOf(model)) {
    if (layer.getClassName() !== "Embedding") continue;
    const { inputDim } = layer.getConfig() as { inputDim: number };
    for (const { inputTensors } of layer.inboundNodes) {
      const i = model.inputs.findIndex(({ id }) => id === inputTensors[0]?.id);
      if (i < 0) continue;
      requireIndices(x[i], inputDim, (range, got) => `x must hold ${range} for the layer "${layer.name}", got ${got}`);
    }
  }
}

function requireIndices({ data }: Tensor, size: number, say: (range: string, got: number) => string): void {
  for (const value of data) {
    if (!(Number.isInteger(value) && value >= 0 && value < size))
      throw new RangeError(`fitTfjs: ${say(`integers from 0 to ${size - 1}`, value)}.`);
  }
}

type ForEach<T> = T | readonly T[] | { readonly [name: string]: T };
/** A factor for each class; class c by its number. */
export type ClassWeight = { readonly [classIndex: number]: number };

/** The factors of the examples' losses for each output, [n]; undefined if there are none. */
export async function weightsOf(
  model: LayersModel,
  y: readonly Tensor[],
  classWeight: ForEach<ClassWeight> | undefined,
  sampleWeight: TfjsData | undefined,
): Promise<Tensor[] | undefined> {
  if (classWeight === undefined && sampleWeight === undefined) return undefined;
  const n = y[0].shape[0];
  const names = model.outputNames;
  const ofSamples = sampleWeight === undefined ? undefined : await tensorsOf(sampleWeight, "sampleWeight", names);
  return y.map((targets, o) => {
    const factors = new Float32Array(n).fill(1);
    const own = classWeight === undefined ? undefined : ofOutput(classWeight, names, o);
    if (own !== undefined)
      classesOf(targets).forEach((label, i) => {
        const factor = own[label];
        if (!(factor >= 0))
          throw new RangeError(`fitTfjs: classWeight must have a number >= 0 for class ${label}, got ${factor}.`);
        factors[i] = factor;
      });
    ofSamples?.[o].data.forEach((factor, i) => {
      if (!(factor >= 0)) throw new RangeError(`fitTfjs: sampleWeight must hold numbers >= 0, got ${factor}.`);
      factors[i] *= factor;
    });
    if (ofSamples && ofSamples[o].data.length !== n)
      throw new ShapeError(`fitTfjs: sampleWeight must have shape [${n}], got [${ofSamples[o].shape}].`);
    return { shape: [n], data: factors };
  });
}

/** What is meant for output o, of something given for all, in order or by names. */
export function ofOutput<T>(given: ForEach<T>, names: readonly string[], o: number): T | undefined {
  if (Array.isArray(given)) return given[o];
  const byName = given as { readonly [name: string]: T };
  const isByName = typeof given === "object" && names.some((name) => name in byName);
  return isByName ? byName[names[o]] : (given as T);
}

/** The class of each example: the number that it is, or where the largest of several is. */
function classesOf({ shape, data }: Tensor): number[] {
  if (shape.length !== 2)
    throw new ShapeError(`fitTfjs: classWeight needs targets [n] or [n, classes], got [${shape}].`);
  const [n, k] = shape;
  return Array.from({ length: n }, (_, i) => {
    const row = data.subarray(i * k, (i + 1) * k);
    return k === 1 ? row[0] : row.indexOf(Math.max(...row));
  });
}

/** The last part of the data, as TensorFlow.js cuts it off, and the rest. */
export function splitOff(batch: TfjsBatch, share: number): { training: TfjsBatch; held: TfjsBatch } {
  const n = batch.x[0].shape[0];
  const at = Math.floor(n * (1 - share));
  const part = (from: number, to: number): TfjsBatch => {
    const cut = (tensors: readonly Tensor[]) => tensors.map((tensor) => slice(tensor, from, to));
    return { x: cut(batch.x), y: cut(batch.y), ...(batch.weights && { weights: cut(batch.weights) }) };
  };
  return { training: part(0, at), held: part(at, n) };
}
