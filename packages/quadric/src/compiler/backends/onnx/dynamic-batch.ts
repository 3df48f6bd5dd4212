/**
 * A program for any batch size n, from the same program written for two sizes p and q, primes that no other size
 * equals:
 *
 *   the same operations; of their integers, equal ones are constant, and c·p next to c·q stands for c·n
 *
 * n is read from an input; a Reshape with one such size needs no n, it infers that size. What follows no such
 * pattern depends on the batch size in another way, as a mean over the batch does, and no one program can be made of
 * it.
 */
import { create, equals } from "@bufbuild/protobuf";
import {
  type GraphProto,
  GraphProtoSchema,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
} from "onnx-buf";
import { type Emitter, makeEmitter } from "./emitter.ts";

/** p and q. */
export const batchSizes = [1009, 1013] as const;

/**
 * @param emitter - Of the first graph, for names that it does not have.
 * @param graphs - The two, for `batchSizes`; the first axis of the first input is the batch.
 * @throws {RangeError} if the graphs differ otherwise.
 */
export function withDynamicBatch(emitter: Emitter, [first, second]: readonly GraphProto[]): GraphProto {
  const pairs = <T>(a: readonly T[], b: readonly T[]): [T, T][] => {
    if (a.length !== b.length) refuse();
    return a.map((x, i) => [x, b[i]]);
  };
  for (const [a, b] of pairs(first.node, second.node)) if (!equals(NodeProtoSchema, a, b)) refuse();

  const before = makeEmitter(emitter);
  let n: string | undefined;
  /** constants + factors·n */
  const dynamic = (factors: readonly number[], constants: readonly number[]): string => {
    n ??= before.emit("Shape", [first.input[0].name], { start: 0, end: 1 });
    const multiple = before.emit("Mul", [n, before.integers(factors)]);
    return constants.every((c) => c === 0) ? multiple : before.emit("Add", [multiple, before.integers(constants)]);
  };

  const renamed = new Map<string, string>();
  const constant: TensorProto[] = [];
  for (const [a, b] of pairs(first.initializer, second.initializer)) {
    if (equals(TensorProtoSchema, a, b)) {
      constant.push(a);
      continue;
    }
    const { factors, constants } = compareIntegers(a, b);
    const users = first.node.filter(({ input }) => input.includes(a.name));
    const isInferred = users.every(({ opType }) => opType === "Reshape") && factors.filter((c) => c !== 0).length === 1;
    const name = isInferred
      ? before.integers(factors.map((c, i) => (c === 0 ? constants[i] : -1)))
      : dynamic(factors, constants);
    renamed.set(a.name, name);
  }

  const { node, initializer } = before.graph("", [], []);
  const rest = first.node.map((it) =>
    create(NodeProtoSchema, { ...it, input: it.input.map((name) => renamed.get(name) ?? name) }),
  );
  return create(GraphProtoSchema, {
    name: first.name,
    node: [...node, ...rest],
    initializer: [...constant, ...initializer],
    input: pairs(first.input, second.input).map(withFreeSizes),
    output: pairs(first.output, second.output).map(withFreeSizes),
  });
}

/** Integers c·n as factors, others as constants. */
function compareIntegers(a: TensorProto, b: TensorProto): { factors: number[]; constants: number[] } {
  if (a.dataType !== TensorProto_DataType.INT64 || `${a.dims}` !== `${b.dims}` || a.dims.length !== 1) refuse();
  const [x, y] = [a, b].map(({ rawData }) => Array.from(new BigInt64Array(rawData.slice().buffer), Number));
  const [p, q] = batchSizes;
  const factors = x.map((value, i) => {
    if (value === y[i]) return 0;
    if (value * q !== y[i] * p) refuse();
    return value / p;
  });
  return { factors, constants: x.map((value, i) => (factors[i] === 0 ? value : 0)) };
}

/** The first declaration with the sizes free in which the second differs. */
function withFreeSizes([a, b]: [ValueInfoProto, ValueInfoProto]): ValueInfoProto {
  const [sizes, others] = [a, b].map(({ type }) =>
    type?.value.case === "tensorType" ? type.value.value.shape!.dim : [],
  );
  sizes.forEach((size, i) => {
    const [x, y] = [size.value, others[i].value];
    if (x.value === y.value) return;
    size.value = x.value === BigInt(batchSizes[0]) ? { case: "dimParam", value: "batch" } : { case: undefined };
  });
  return a;
}

function refuse(): never {
  throw new RangeError(
    "exportOnnx: the batch size must decide shapes alone, got a model whose numbers or operations change with it. A " +
      "normalization over the batch needs statistics for inference: network.withStatistics(…).",
  );
}
