/**
 * Functions written out in operations that an engine has: what it lacks, or has in float32 accuracy only, is computed
 * by a formula. Formulas are for values; derivatives are taken before.
 */
import { type Builder, makeBuilder } from "../ir/builder.ts";
import type { BinaryOp, Graph, Node, Op, UnaryOp } from "../ir/graph.ts";
import { rules } from "../ir/simplify.ts";
import { onNodes } from "./arithmetic.ts";
import { erf64, erfc64 } from "./error-function.ts";
import { logGamma, polygamma } from "./gamma.ts";
import { atan2 } from "./trigonometric.ts";

/** A function of nodes of one shape and type. */
export type Formula = (b: Builder, ...args: Node[]) => Node;

/** The functions to be written out for results of a type, by primitive. */
type Formulas = (dtype: Node["dtype"]) => Partial<Record<Op, Formula>>;

/** What neither jax-js nor ONNX Runtime has, or has right. */
const formulas: Formulas = (dtype) => ({ atan2, ...(dtype === "float64" && { erf: erf64, erfc: erfc64 }) });

/**
 * A builder that writes functions out. Sums and products are made as they stand: their order keeps what rounding would
 * lose.
 */
function formulaBuilder(): Builder {
  return makeBuilder({
    ...rules,
    unary(b, op: UnaryOp, x) {
      const formula = formulas(x.dtype)[op];
      return formula ? formula(b, x) : b.make(op, [x], {}, x.shape, x.dtype);
    },
    add: (b, x, y) => b.binary("add", x, y),
    mul: (b, x, y) => b.binary("mul", x, y),
    scale: (b, x, c) => b.binary("mul", x, b.scalar(c, x.dtype)),
    binary(b, op: BinaryOp, x, y) {
      const formula = formulas(x.dtype)[op];
      return formula ? formula(b, x, y) : rules.binary(b, op, x, y);
    },
  });
}

function gammaFormula({ attributes, dtype }: Node): Formula {
  const order = attributes.order as number;
  return (b, x) => (order < 0 ? logGamma(onNodes(b, dtype), x) : polygamma(onNodes(b, dtype), order, x));
}

/** One node as a graph by itself, written out; undefined if the engine has it. */
export function formulaOf(node: Node): Graph | undefined {
  const formula = node.op === "polygamma" ? gammaFormula(node) : formulas(node.dtype)[node.op];
  if (formula === undefined) return undefined;
  const b = formulaBuilder();
  const inputs = node.inputs.map(({ shape, dtype }) => b.input("x", shape, dtype));
  return { inputs, outputs: [formula(b, ...inputs)] };
}
