/**
 * A network with the preparation of its table around it, as one ONNX file: the columns in by name, the target out.
 *
 *   number, boolean, date   double [batch, 1], NaN if missing   z = (min(max(x, low), high) − shift) / scale, 0 if missing
 *   category                string [batch, 1], "" if missing    one-hot or coded, as the preparation has its levels
 *   target                  double [batch, 1] in its own units, and by evidence the standard deviation of a new one; or the
 *                           name of the class and the probabilities of all
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as Attribute,
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TensorProto_DataType as Type,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { Preparation, PreparedInput } from "./data/preparation.ts";

/** Operators on words; ONNX Runtime has them since 1.0. */
const wordsDomain = { domain: "ai.onnx.ml", version: 3n };

/**
 * What the outputs are. "identity": the standardised target or scores of its classes; "exp": ln(target/mean).
 * "softmax": logits of the classes; "logistic": a logit for each class by itself; "logit": one logit, of the second class.
 * By evidence, "deviation": the target and its deviation in its own units; "probabilities": those of the classes.
 */
export type Head = "identity" | "exp" | "softmax" | "logistic" | "logit" | "deviation" | "probabilities";

/** @param network - an ONNX file with one input of prepared features and one output. */
export function withPreparation(network: Uint8Array, { inputs, target }: Preparation, head: Head): Uint8Array {
  const model = fromBinary(ModelProtoSchema, network);
  const inner = model.graph!;
  rename(inner, (name) => (name === "" ? "" : `network/${name}`));
  const b = makeGraph();
  const features = inputs.flatMap((input) => featuresOf(b, input));
  b.node("Concat", features, [inner.input[0].name], { axis: 1 });
  const before = b.take();

  const names = new Set(inputs.map(({ name }) => name));
  const unique = (name: string): string => (names.has(name) ? unique(`${name}_`) : name);
  const z = inner.output[0].name;
  const outputs: ValueInfoProto[] = [];
  if (target.task === "numbers") {
    const isSure = head === "deviation";
    const both = b.emit("Cast", [z], { to: Type.DOUBLE });
    const [value, deviation] = isSure ? b.emitAll("Split", [both, b.integers([1, 1])], 2, { axis: 1 }) : [both];
    const x =
      head === "exp"
        ? b.emit("Mul", [b.emit("Exp", [value]), b.double(target.shift)])
        : isSure
          ? value
          : b.emit("Add", [b.emit("Mul", [value, b.double(target.scale)]), b.double(target.shift)]);
    b.node("Identity", [x], [unique(target.name)]);
    outputs.push(declare(unique(target.name), Type.DOUBLE, 1));
    if (isSure) {
      const name = unique(`${target.name}_deviation`);
      b.node("Identity", [deviation], [name]);
      outputs.push(declare(name, Type.DOUBLE, 1));
    }
  } else {
    const { classes } = target;
    const p = probabilitiesOf(b, z, head);
    const [label, probabilities] = [unique(target.name), unique("probabilities")];
    b.node("Identity", [p], [probabilities]);
    const index = b.emit("ArgMax", [p], { axis: 1, keepdims: 1 });
    b.node(
      "LabelEncoder",
      [index],
      [label],
      { keys_int64s: classes.map((_, i) => BigInt(i)), values_strings: classes },
      wordsDomain.domain,
    );
    outputs.push(declare(label, Type.STRING, 1), declare(probabilities, Type.FLOAT, classes.length));
  }
  const after = b.take();
  const graph = create(GraphProtoSchema, {
    name: inner.name,
    node: [...before, ...inner.node, ...after],
    initializer: [...inner.initializer, ...b.constants],
    input: inputs.map(({ name, kind }) => declare(name, kind === "category" ? Type.STRING : Type.DOUBLE, 1)),
    output: outputs,
  });
  const opsetImport = [...model.opsetImport, create(OperatorSetIdProtoSchema, wordsDomain)];
  return toBinary(ModelProtoSchema, { ...model, graph, opsetImport });
}

/** Values of float32 [batch, …], side by side the features of the column. */
function featuresOf(b: GraphBuilder, input: PreparedInput): string[] {
  const { name, indicator } = input;
  if (input.kind === "category" && input.codes) {
    const { levels, codes } = input;
    const places = [...levels.keys(), levels.length + 1].map(BigInt);
    const encoder = { keys_strings: [...levels, ""], values_int64s: places, default_int64: levels.length };
    const place = b.emit("LabelEncoder", [name], encoder, wordsDomain.domain);
    return [b.emit("Reshape", [b.emit("Gather", [b.floats(codes), place]), b.integers([-1, codes[0].length])])];
  }
  if (input.kind === "category") {
    const { levels, other } = input;
    // Words that training did not have give zeros.
    const all = b.emit("OneHotEncoder", [name], { cats_strings: [...levels, ""], zeros: 1 }, wordsDomain.domain);
    const flat = b.emit("Reshape", [all, b.integers([-1, levels.length + 1])]);
    const [known, missing] = b.emitAll("Split", [flat, b.integers([levels.length, 1])], 2, { axis: 1 });
    const rest = b.emit("Sub", [b.float(1), b.emit("ReduceSum", [flat, b.integers([1])], { keepdims: 1 })]);
    return [known, ...(other ? [rest] : []), ...(indicator ? [missing] : [])];
  }
  const isMissing = b.emit("IsNaN", [name]);
  const clamped = b.emit("Min", [b.emit("Max", [name, b.double(input.low)]), b.double(input.high)]);
  const scaled = b.emit("Div", [b.emit("Sub", [clamped, b.double(input.shift)]), b.double(input.scale)]);
  const z = b.emit("Where", [isMissing, b.float(0), b.emit("Cast", [scaled], { to: Type.FLOAT })]);
  return [z, ...(indicator ? [b.emit("Cast", [isMissing], { to: Type.FLOAT })] : [])];
}

function probabilitiesOf(b: GraphBuilder, z: string, head: Head): string {
  if (head === "softmax") return b.emit("Softmax", [z], { axis: 1 });
  if (head === "logistic") return b.emit("Sigmoid", [z]);
  if (head !== "logit") return z;
  const second = b.emit("Sigmoid", [z]);
  return b.emit("Concat", [b.emit("Sub", [b.float(1), second]), second], { axis: 1 });
}

type Values = Readonly<Record<string, number | readonly bigint[] | readonly string[]>>;

interface GraphBuilder {
  readonly constants: readonly TensorProto[];
  node(op: string, input: readonly string[], output: readonly string[], attributes?: Values, domain?: string): void;
  emit(op: string, input: readonly string[], attributes?: Values, domain?: string): string;
  emitAll(op: string, input: readonly string[], results: number, attributes?: Values): string[];
  double(value: number): string;
  float(value: number): string;
  floats(rows: readonly (readonly number[])[]): string;
  integers(values: readonly number[]): string;
  /** The nodes since the last call. */
  take(): NodeProto[];
}

function makeGraph(): GraphBuilder {
  const constants: TensorProto[] = [];
  let nodes: NodeProto[] = [];
  let count = 0;
  const fresh = () => `preparation/${count++}`;
  const constant = (dims: readonly number[], dataType: Type, values: Float32Array | Float64Array | BigInt64Array) => {
    const name = fresh();
    const rawData = new Uint8Array(values.buffer as ArrayBuffer);
    constants.push(create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType, rawData }));
    return name;
  };
  const builder: GraphBuilder = {
    constants,
    node(opType, input, output, attributes = {}, domain = "") {
      const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value));
      nodes.push(create(NodeProtoSchema, { opType, domain, input: [...input], output: [...output], attribute }));
    },
    emit(op, input, attributes, domain) {
      const output = fresh();
      builder.node(op, input, [output], attributes, domain);
      return output;
    },
    emitAll(op, input, results, attributes) {
      const output = Array.from({ length: results }, fresh);
      builder.node(op, input, output, attributes);
      return output;
    },
    double: (value) => constant([], Type.DOUBLE, Float64Array.of(value)),
    float: (value) => constant([], Type.FLOAT, Float32Array.of(value)),
    floats: (rows) => constant([rows.length, rows[0].length], Type.FLOAT, Float32Array.from(rows.flat())),
    integers: (values) => constant([values.length], Type.INT64, BigInt64Array.from(values, BigInt)),
    take() {
      const taken = nodes;
      nodes = [];
      return taken;
    },
  };
  return builder;
}

function attributeOf(name: string, value: Values[string]): AttributeProto {
  if (typeof value === "number") return create(AttributeProtoSchema, { name, type: Attribute.INT, i: BigInt(value) });
  if (value.every((item) => typeof item === "bigint")) {
    return create(AttributeProtoSchema, { name, type: Attribute.INTS, ints: [...value] });
  }
  const strings = value.map((text) => new TextEncoder().encode(String(text)));
  return create(AttributeProtoSchema, { name, type: Attribute.STRINGS, strings });
}

function declare(name: string, elemType: Type, width: number): ValueInfoProto {
  const dim = [
    create(TensorShapeProto_DimensionSchema, { value: { case: "dimParam", value: "batch" } }),
    create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(width) } }),
  ];
  const tensor = create(TypeProto_TensorSchema, { elemType, shape: create(TensorShapeProtoSchema, { dim }) });
  const type = create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } });
  return create(ValueInfoProtoSchema, { name, type });
}

/** Gives every value of a graph another name; networks for tables hold no graphs inside. */
function rename(graph: GraphProto, to: (name: string) => string): void {
  for (const node of graph.node) Object.assign(node, { input: node.input.map(to), output: node.output.map(to) });
  for (const value of [...graph.input, ...graph.output, ...graph.initializer]) value.name = to(value.name);
}
