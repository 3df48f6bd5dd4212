/** Writes ONNX graphs: nodes in order, values by name, constants as initializers. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { ElementType } from "../../ir/graph.ts";

/** The version of the standard operators that programs are written for; ONNX Runtime 1.19 and later run it. */
export const opset = 21;

export type OnnxType = ElementType | "int64";

const typeCodes: Record<OnnxType, TensorProto_DataType> = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  int32: TensorProto_DataType.INT32,
  // The operators lack it: as int64, modulo 2³².
  uint32: TensorProto_DataType.INT64,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
};

/** The number by which attributes name an element type. */
export function typeCode(type: OnnxType): number {
  return typeCodes[type];
}

export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly tensor: TensorProto }
  | GraphProto;

/** A zero of the given type, as ConstantOfShape takes it. */
export function zeroOf(type: OnnxType): AttributeValue {
  return { tensor: tensorProto("", [0], [1], type) };
}

/** Integers and lists of integers as they are, real numbers as `{ float }`. */
function attribute(name: string, value: AttributeValue): AttributeProto {
  const is = AttributeProto_AttributeType;
  if (typeof value === "number") return create(AttributeProtoSchema, { name, type: is.INT, i: BigInt(value) });
  if (typeof value === "string") {
    return create(AttributeProtoSchema, { name, type: is.STRING, s: new TextEncoder().encode(value) });
  }
  if (Array.isArray(value)) {
    return create(AttributeProtoSchema, { name, type: is.INTS, ints: value.map((n: number) => BigInt(n)) });
  }
  if ("tensor" in value) return create(AttributeProtoSchema, { name, type: is.TENSOR, t: value.tensor });
  if ("float" in value) return create(AttributeProtoSchema, { name, type: is.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: is.GRAPH, g: value as GraphProto });
}

const arrayOf = {
  float32: (values: ArrayLike<number>) => Float32Array.from(values),
  float64: (values: ArrayLike<number>) => Float64Array.from(values),
  int32: (values: ArrayLike<number>) => Int32Array.from(values),
  uint32: (values: ArrayLike<number>) => BigInt64Array.from(Array.from(values, BigInt)),
  int64: (values: ArrayLike<number>) => BigInt64Array.from(Array.from(values, BigInt)),
  bool: (values: ArrayLike<number>) => Uint8Array.from(values),
} satisfies Record<OnnxType, unknown>;

function tensorProto(name: string, values: ArrayLike<number>, shape: readonly number[], type: OnnxType): TensorProto {
  const { buffer, byteOffset, byteLength } = arrayOf[type](values);
  return create(TensorProtoSchema, {
    name,
    dims: shape.map((n) => BigInt(n)),
    dataType: typeCodes[type],
    rawData: new Uint8Array(buffer, byteOffset, byteLength),
  });
}

export interface Declaration {
  readonly name: string;
  /** Undefined if it changes from one iteration of a loop to the next. */
  readonly shape: readonly number[] | undefined;
  readonly type: OnnxType;
}

function valueInfo({ name, shape, type }: Declaration): ValueInfoProto {
  const dim = shape?.map((n) =>
    create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(n) } }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: typeCodes[type],
    ...(dim && { shape: create(TensorShapeProtoSchema, { dim }) }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }),
  });
}

export interface Emitter {
  /** Applies an operator; returns the name of its only result. */
  emit(op: string, inputs: readonly string[], attributes?: Record<string, AttributeValue>): string;
  /** Applies an operator with several results. */
  emitAll(
    op: string,
    inputs: readonly string[],
    results: number,
    attributes?: Record<string, AttributeValue>,
  ): string[];
  /** A constant; one that is given no name may be shared with an equal one. */
  constant(values: ArrayLike<number>, shape: readonly number[], type: OnnxType, name?: string): string;
  scalar(value: number, type: OnnxType): string;
  /** A list of integers as an operand: shapes, axes, pads. */
  integers(values: readonly number[]): string;
  /** How many operators were applied, in nested graphs that are finished too. */
  operations(): number;
  /** Says that a nested graph applied so many. */
  include(count: number): void;
  /** A name that nothing has yet. */
  fresh(): string;
  graph(name: string, inputs: readonly Declaration[], outputs: readonly Declaration[]): GraphProto;
}

/**
 * A graph under construction. A nested one (the body of a Loop) shares the names of its parent and may use its values.
 */
export function makeEmitter(parent?: Emitter): Emitter {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const constants = new Map<string, string>();
  let count = 0;
  const fresh: () => string = parent ? parent.fresh : () => `v${count++}`;
  let nested = 0;

  function emit(op: string, inputs: readonly string[], attributes: Record<string, AttributeValue> = {}): string {
    return emitAll(op, inputs, 1, attributes)[0];
  }

  function emitAll(
    op: string,
    inputs: readonly string[],
    results: number,
    attributes: Record<string, AttributeValue> = {},
  ): string[] {
    const output = Array.from({ length: results }, fresh);
    const list = Object.entries(attributes).map(([name, value]) => attribute(name, value));
    nodes.push(create(NodeProtoSchema, { opType: op, input: [...inputs], output, attribute: list }));
    return output;
  }

  function constant(values: ArrayLike<number>, shape: readonly number[], type: OnnxType, given?: string): string {
    const shared = given === undefined && values.length <= 8;
    const key = shared ? `${type}|${shape}|${Array.from(values)}` : undefined;
    const known = key === undefined ? undefined : constants.get(key);
    if (known !== undefined) return known;
    const name = given ?? fresh();
    initializers.push(tensorProto(name, values, shape, type));
    if (key !== undefined) constants.set(key, name);
    return name;
  }

  const scalar = (value: number, type: OnnxType) => constant([value], [], type);

  const integers = (values: readonly number[]) => constant(values, [values.length], "int64");

  const operations = () => nodes.length + nested;

  function include(more: number): void {
    nested += more;
  }

  function graph(name: string, inputs: readonly Declaration[], outputs: readonly Declaration[]): GraphProto {
    parent?.include(operations());
    return create(GraphProtoSchema, {
      name,
      node: nodes,
      initializer: initializers,
      input: inputs.map(valueInfo),
      output: outputs.map(valueInfo),
    });
  }

  return { emit, emitAll, constant, scalar, integers, fresh, operations, include, graph };
}

/** A value with the elements along some axes in the opposite order. */
export function reversed(emitter: Emitter, value: string, axes: readonly number[]): string {
  const all = (n: number) => emitter.integers(axes.map(() => n));
  return emitter.emit("Slice", [value, all(-1), all(Number.MIN_SAFE_INTEGER), emitter.integers(axes), all(-1)]);
}

/** A model file and what it takes and gives, in order. */
export interface LoweredProgram {
  readonly model: Uint8Array;
  readonly inputs: readonly Declaration[];
  readonly outputs: readonly Declaration[];
  /** How many, those inside of loops included. */
  readonly operations: number;
}

export function finishProgram(
  emitter: Emitter,
  inputs: readonly Declaration[],
  outputs: readonly Declaration[],
): LoweredProgram {
  const model = modelFile(emitter.graph("quadric", inputs, outputs));
  return { model, inputs, outputs, operations: emitter.operations() };
}

/** The bytes of a model file. */
export function modelFile(graph: GraphProto): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: 10n,
    producerName: "quadric",
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(opset) })],
    graph,
  });
  return toBinary(ModelProtoSchema, model);
}
