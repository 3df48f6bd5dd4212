/**
 * Factors and solves by halves of halves, for engines whose products of matrices are faster than the loops of a factor:
 *
 *   A = LLᵀ       L₁₁L₁₁ᵀ = A₁₁,    L₂₁ = A₂₁L₁₁⁻ᵀ,    L₂₂L₂₂ᵀ = A₂₂ − L₂₁L₂₁ᵀ
 *   op(A)X = B    X₁ = op(A₁₁)⁻¹B₁,    X₂ = op(A₂₂)⁻¹(B₂ − op(A)₂₁X₁)      the other half first if op(A) is upper
 *
 * Leaves of up to 32 rows, and whole matrices of up to 64, stay as they are. References: [GolubVanLoan2013, sections 3.1 and 4.2].
 */
import type { Builder } from "../ir/builder.ts";
import { type Graph, type Node, reachable, type Triangle, triangleOf } from "../ir/graph.ts";
import { rebuild } from "../ir/rebuild.ts";
import { block, swapped, triangularSolve } from "../ir/rules/factors.ts";
import { simplifyingBuilder } from "../ir/simplify.ts";
import { difference, joined } from "./triangular.ts";

const leaf = 32;

/** Up to so many rows a program that is compiled sooner is worth more. */
const small = 64;

/** The rows of the first half, whole leaves. */
const half = (n: number): number => leaf * Math.ceil(n / leaf / 2);

const isLarge = ({ op, shape }: Node): boolean =>
  (op === "cholesky" || op === "triangular_solve") && shape.at(-2)! > small;

/** The graph with its large factors and solves by halves. */
export function byHalves(graph: Graph): Graph {
  if (!reachable(graph.outputs).some(isLarge)) return graph;
  const b = simplifyingBuilder();
  const inputs = graph.inputs.map(({ shape, dtype }) => b.input("x", shape, dtype));
  // All nodes are made again, so that ids keep their order.
  const outputs = rebuild(b, graph.outputs, (node, mapping) => {
    if (node.op === "input") return inputs[graph.inputs.indexOf(node)];
    if (node.op === "constant") return b.constant(node.data!, node.shape, node.dtype);
    if (!isLarge(node)) return undefined;
    const [x, A] = node.inputs.map((input) => mapping.get(input)!);
    return node.op === "cholesky" ? cholesky(b, x) : solve(b, A, x, triangleOf(node));
  });
  return { inputs, outputs };
}

function solve(b: Builder, A: Node, B: Node, triangle: Triangle): Node {
  const [n, m] = B.shape.slice(-2);
  if (n <= leaf) return triangularSolve(b, A, B, triangle);
  const { lower, transposed } = triangle;
  const h = half(n);
  const [first, second] = [[0, h] as const, [h, n] as const];
  const off = lower ? block(b, A, second, first) : block(b, A, first, second);
  const isForward = lower !== transposed;
  const [early, late] = isForward ? [first, second] : [second, first];
  const rowsOf = (rows: readonly [number, number]) => block(b, B, rows, [0, m]);
  const known = solve(b, block(b, A, early, early), rowsOf(early), triangle);
  const rest = difference(b, rowsOf(late), b.matmul(off, known, transposed, false));
  const other = solve(b, block(b, A, late, late), rest, triangle);
  return b.concatenate(isForward ? [known, other] : [other, known], B.shape.length - 2);
}

function cholesky(b: Builder, A: Node): Node {
  const n = A.shape.at(-1)!;
  if (n <= leaf) return b.make("cholesky", [A], {}, A.shape, A.dtype);
  const h = half(n);
  const first = cholesky(b, block(b, A, [0, h], [0, h]));
  const triangle = { lower: true, transposed: false, unit: false };
  const below = swapped(b, solve(b, first, swapped(b, block(b, A, [h, n], [0, h])), triangle));
  const rest = difference(b, block(b, A, [h, n], [h, n]), b.matmul(below, below, false, true));
  const second = cholesky(b, rest);
  const above = b.full(0, [...first.shape.slice(0, -1), n - h], A.dtype);
  return joined(b, [first, above], [below, second]);
}
