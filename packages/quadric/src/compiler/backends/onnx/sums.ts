/**
 * Sums and products in ONNX. What only an engine cares about happens here: a scaled matrix product with an addend
 * becomes one Gemm, a sum with a negated term a Sub, a product with a reciprocal a Div.
 */
import { constantValue, elementCount, type Node, sameShape } from "../../ir/graph.ts";
import type { Scope } from "./scope.ts";

export function lowerSum(scope: Scope, node: Node): string {
  return sum(scope, node, 1);
}

export function lowerProduct(scope: Scope, node: Node): string {
  const { emitter, name, usedOnce } = scope;
  for (const [x, y] of [node.inputs, node.inputs.toReversed()]) {
    const alpha = constantValue(y);
    if (alpha !== undefined && usedOnce(x) && fitsAttribute(alpha, node)) {
      if (isGemm(x)) return gemm(scope, x, alpha);
      const products = x.op === "add" ? productsOf(scope, x) : [];
      const fit = products.every((product) => fitsAttribute(alpha * product.alpha, node));
      if (products.length > 0 && fit) return sum(scope, x, alpha);
    }
    if (y.op === "reciprocal" && usedOnce(y)) return emitter.emit("Div", [name(x), name(y.inputs[0])]);
  }
  const negative = negated(node);
  return negative ? emitter.emit("Neg", [name(negative)]) : emitter.emit("Mul", node.inputs.map(name));
}

/** x, when node = −x. */
function negated(node: Node): Node | undefined {
  if (node.op !== "mul") return undefined;
  const [a, b] = node.inputs;
  return constantValue(a) === -1 ? b : constantValue(b) === -1 ? a : undefined;
}

/** Whether a node is a product that Gemm computes: of matrices of real numbers. */
export function isGemm(node: Node): boolean {
  return node.op === "matmul" && node.shape.length === 2 && node.dtype !== "int32";
}

/** The product in a node α·AB, when both may be absorbed by a user. */
function scaledProduct({ usedOnce }: Scope, node: Node): { product: Node; alpha: number } | undefined {
  if (isGemm(node)) return usedOnce(node) ? { product: node, alpha: 1 } : undefined;
  if (node.op !== "mul" || !usedOnce(node)) return undefined;
  const product = node.inputs.find((x) => isGemm(x) && usedOnce(x));
  const factor = node.inputs.find((x) => x !== product);
  const alpha = factor && constantValue(factor);
  return product && alpha !== undefined && fitsAttribute(alpha, node) ? { product, alpha } : undefined;
}

/** α is a float32 attribute of Gemm, whatever the type of the product; a product of one row is faster without. */
function fitsAttribute(alpha: number, { dtype, shape }: Node): boolean {
  if (shape.length === 2 && shape[0] === 1 && alpha !== 1) return false;
  return dtype === "float32" || Math.fround(alpha) === alpha;
}

/** The terms of a sum: those of an inner sum too, where only this one uses it. */
function termsOf(scope: Scope, node: Node): Node[] {
  const terms: Node[] = [];
  const stack = node.inputs.toReversed();
  for (let x = stack.pop(); x !== undefined; x = stack.pop()) {
    if (x.op === "add" && scope.usedOnce(x) && sameShape(x.shape, node.shape)) stack.push(...x.inputs.toReversed());
    else terms.push(x);
  }
  return terms;
}

/** Fewer rows or columns than this make a product too small to gain by a transposed factor. */
const smallMatrix = 32;

/** Columns of a product from which a pass over A pays for it alone. */
const manyColumns = 192;

/** Whether AᵀB takes the engine longer than the product of a transposed A: 4 to 34 % longer, unless it is small. */
export function gainsByTransposing(product: Node): boolean {
  if (!isGemm(product) || !product.attributes.transposeA) return false;
  return Math.min(...product.shape, ...product.inputs[0].shape) >= smallMatrix;
}

/** Aᵀ, written once for all its products. */
export function transpose({ emitter, name, transposed }: Scope, a: Node): string {
  const known = transposed.get(a) ?? emitter.emit("Transpose", [name(a)], { perm: [1, 0] });
  transposed.set(a, known);
  return known;
}

/** α·op(A)op(B) + C in one pass over the result. */
export function gemm(scope: Scope, product: Node, alpha: number, addend?: string): string {
  const { transposeA, transposeB } = product.attributes;
  const [a, b] = product.inputs;
  const pays = gainsByTransposing(product) && (product.shape[1] >= manyColumns || scope.transposed.has(a));
  const turned = pays ? transpose(scope, a) : undefined;
  const operands = [turned ?? scope.name(a), scope.name(b), ...(addend ? [addend] : [])];
  return scope.emitter.emit("Gemm", operands, {
    transA: Number(transposeA && turned === undefined),
    transB: Number(transposeB),
    alpha: { float: alpha },
  });
}

/** The terms of a sum that are products of its own shape. */
function productsOf(scope: Scope, node: Node): { term: Node; product: Node; alpha: number }[] {
  return termsOf(scope, node).flatMap((term) => {
    const scaled = sameShape(term.shape, node.shape) ? scaledProduct(scope, term) : undefined;
    return scaled ? [{ term, ...scaled }] : [];
  });
}

function added({ emitter, name, usedOnce }: Scope, total: string, term: Node): string {
  const positive = negated(term);
  return positive && usedOnce(term)
    ? emitter.emit("Sub", [total, name(positive)])
    : emitter.emit("Add", [total, name(term)]);
}

/** c·(a sum of products and other terms): a chain of Gemms, each adding to the one before. */
function sum(scope: Scope, node: Node, c: number): string {
  const { emitter, name } = scope;
  const products = productsOf(scope, node);
  // Without products as it is written: in (x − y) + ε the difference may be exact.
  if (products.length === 0) return added(scope, name(node.inputs[0]), node.inputs[1]);
  const multiplied = new Set(products.map(({ term }) => term));
  const rest = termsOf(scope, node).filter((term) => !multiplied.has(term));
  // Small terms, such as a bias, meet before they are broadcast.
  const [first, ...others] = rest.toSorted((x, y) => elementCount(x.shape) - elementCount(y.shape));
  let total = first && others.reduce((partial, term) => added(scope, partial, term), name(first));
  if (total && c !== 1) total = emitter.emit("Mul", [total, emitter.scalar(c, node.dtype)]);
  for (const { product, alpha } of products) total = gemm(scope, product, c * alpha, total);
  return total;
}
