/**
 * Finds activation functions in what array libraries spell out, so that they are evaluated by one stable kernel and
 * differentiated by their own short formulas:
 *
 *   1/(1 + eᵃ) = sigmoid(−a)      log(1 + eᵃ) = softplus(a)      log(sigmoid a) = −softplus(−a)
 *       c·(e^{2xc} − 1)/(e^{2xc} + 1) = tanh x, c = −sign x
 *       max x + log Σ exp(x − max x), which is NaN where all of x is −∞, has the sum 0 there
 */
import type { Builder } from "../builder.ts";
import { constantValue, type Node, splitScalar, type UnaryOp } from "../graph.ts";

/** a, when node = 1 + eᵃ. */
function exponentOfOnePlusExp(node: Node): Node | undefined {
  if (node.op !== "add") return undefined;
  const exponential = node.inputs.find((input) => input.op === "exp");
  const one = node.inputs.find((input) => constantValue(input) === 1);
  return exponential && one ? exponential.inputs[0] : undefined;
}

export function recogniseUnary(builder: Builder, op: UnaryOp, x: Node): Node | undefined {
  if (op !== "reciprocal" && op !== "log") return undefined;
  if (op === "log" && x.op === "sigmoid")
    return builder.scale(builder.unary("softplus", builder.scale(x.inputs[0], -1)), -1);
  const a = exponentOfOnePlusExp(x);
  if (a === undefined) return undefined;
  return op === "log" ? builder.unary("softplus", a) : builder.unary("sigmoid", builder.scale(a, -1));
}

/** x, when node = where(x < 0, 1, −1). */
function argumentOfMinusSign(node: Node): Node | undefined {
  if (node.op !== "where") return undefined;
  const [condition, a, b] = node.inputs;
  if (constantValue(a) !== 1 || constantValue(b) !== -1) return undefined;
  const isNegative = condition.attributes.op === "less" && constantValue(condition.inputs[1]) === 0;
  return isNegative ? condition.inputs[0] : undefined;
}

/**
 * Whether node = (eᵃ − 1)·… with the factor c in a. Asked before mul(x, c) is built, which asks for its own form: what
 * x is made of cannot hold c, so that ends.
 */
function holdsExponentialOf(node: Node, c: Node): boolean {
  if (node.op !== "mul") return false;
  return node.inputs.some((factor) => {
    const exponential = factor.op === "add" ? factor.inputs.find(({ op }) => op === "exp") : undefined;
    return exponential !== undefined && splitScalar(exponential.inputs[0])[0].inputs.includes(c);
  });
}

export function recogniseProduct(builder: Builder, a: Node, b: Node): Node | undefined {
  for (const [c, quotient] of [
    [a, b],
    [b, a],
  ]) {
    const x = argumentOfMinusSign(c);
    if (x === undefined || !holdsExponentialOf(quotient, c)) continue;
    const e = builder.unary("exp", builder.scale(builder.mul(x, c), 2));
    const one = builder.scalar(1, x.dtype);
    const expected = builder.binary(
      "mul",
      builder.add(e, builder.scale(one, -1)),
      builder.unary("reciprocal", builder.add(e, one)),
    );
    if (quotient === expected) return builder.unary("tanh", x);
  }
  return undefined;
}

/** m + log s with s = Σ exp(x − m), m = max x, as m + log s for the s that has no −∞ − (−∞). */
export function recogniseLogSumExp(builder: Builder, a: Node, b: Node): Node | undefined {
  const [m, log] = a.op === "log" ? [b, a] : [a, b];
  const withoutReshape = (node: Node): Node => (node.op === "reshape" ? node.inputs[0] : node);
  if (log.op !== "log" || m.op !== "stop_gradient") return undefined;
  const [max, sum] = [withoutReshape(m.inputs[0]), withoutReshape(log.inputs[0])];
  if (max.op !== "reduce" || max.attributes.op !== "max" || sum.op !== "reduce") return undefined;
  const [x] = max.inputs;
  if (sum.inputs[0] !== builder.unary("exp", builder.add(x, builder.scale(m, -1)))) return undefined;
  const isNothing = builder.compare("equal", m, builder.scalar(-Infinity, m.dtype));
  const terms = builder.where(isNothing, builder.scalar(0, m.dtype), log.inputs[0]);
  return builder.add(m, builder.unary("log", terms));
}
