/** Matrix products: small ones as a loop nest, larger ones by tiles. */
import { elementCount, type Node } from "../../ir/graph.ts";
import { elementOf } from "./elements.ts";
import { bytesOf, type Expression, makeExpressions, rowMajor } from "./expression.ts";
import { counters, multiplied, nest, type Rule, reduction } from "./nests.ts";
import { type Matrices, tileSize } from "./product.ts";

/** Multiplications from which tiles are worth their code. */
const tiledFrom = 2 ** 10;

/** Σₖ aᵢₖbₖⱼ; in the loop nest products and sums are in float64. */
export const matmul: Rule = (surroundings, node, target) => {
  const scope = { ...surroundings, expressions: makeExpressions() };
  const { expressions } = scope;
  const [a, b] = node.inputs;
  const { transposeA, transposeB } = node.attributes;
  const rank = node.shape.length;
  const batch = counters(expressions, rank - 2);
  const [i, j, k] = counters(expressions, 3, rank - 2);
  const x = elementOf(scope, a, [...batch, ...(transposeA ? [k, i] : [i, k])]);
  const y = elementOf(scope, b, [...batch, ...(transposeB ? [j, k] : [k, j])]);
  const [m, n] = node.shape.slice(-2);
  const length = a.shape.at(transposeA ? -2 : -1)!;
  const sizes = [...node.shape, length];
  const plain = () => [reduction(scope, "sum", sizes, rank, multiplied(expressions, x, y), target)];
  if (node.dtype === "int32" || n * elementCount(sizes) === 0 || elementCount(sizes) < tiledFrom) return plain();

  const strides = (expression: Expression, row: number, column: number): Matrices | undefined => {
    if (expression.form !== "load") return undefined;
    const { buffer, at } = expression;
    if (at.terms.some(({ variable, stride }) => variable.form !== "counter" || stride < 0)) return undefined;
    const strideOf = (level: number) =>
      at.terms.find(({ variable }) => variable.form === "counter" && variable.level === level)?.stride ?? 0;
    return {
      buffer,
      start: at.constant,
      batch: batch.map((_, level) => strideOf(level)),
      row: strideOf(row),
      column: strideOf(column),
    };
  };
  const left = strides(x, rank - 2, rank);
  const right = strides(y, rank, rank - 1);
  if (!left || !right) return plain();
  // Rows of B that lie far apart evict one another from the first cache.
  const tiled = m >= 16 && n * bytesOf[node.dtype] >= 512;
  const tile = tiled ? surroundings.scratch(tileSize(node.dtype as "float64"), node.dtype) : undefined;
  const shape = { kind: "product", batch: node.shape.slice(0, -2), m, n, k: length, target, tile } as const;
  if (right.column === 1 && right.row > 0 && n > 1) return [{ ...shape, a: left, b: right }];
  // A column: Cᵀ = BᵀAᵀ, a row, if A is contiguous along i.
  if (n === 1 && left.row === 1 && left.column > 0) {
    const [row, column] = [turned(right), turned(left)];
    return [{ ...shape, m: 1, n: m, a: row, b: column, tile: undefined }];
  }
  // Copied, so that B is contiguous along j, if enough rows share the copy.
  if (m < 4 || n < 4) return plain();
  const copied = surroundings.scratch(elementCount([...shape.batch, length, n]), node.dtype);
  const [repack, packed] = packedRight(surroundings, b, node, copied, length);
  return [repack, { ...shape, a: left, b: packed }];
};

const turned = (x: Matrices): Matrices => ({ ...x, row: x.column, column: x.row });

function packedRight(
  surroundings: Parameters<Rule>[0],
  b: Node,
  { shape, attributes }: Node,
  buffer: Parameters<Rule>[2],
  length: number,
) {
  const scope = { ...surroundings, expressions: makeExpressions() };
  const n = shape.at(-1)!;
  const sizes = [...shape.slice(0, -2), length, n];
  const index = counters(scope.expressions, sizes.length);
  const [k, j] = index.slice(-2);
  const value = elementOf(scope, b, [...index.slice(0, -2), ...(attributes.transposeB ? [j, k] : [k, j])]);
  const strides = sizes.map((_, axis) => elementCount(sizes.slice(axis + 1)));
  const packed: Matrices = { buffer, start: 0, batch: strides.slice(0, -2), row: n, column: 1 };
  return [nest(scope, sizes, value, buffer, rowMajor(sizes, index)), packed] as const;
}
