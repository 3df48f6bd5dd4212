import { fromBinary } from "@bufbuild/protobuf";
import { nn, numpy as np } from "@jax-js/jax";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";
import {
  gaussNewtonProduct,
  gradient,
  hessianProduct,
  type TracedLoss,
} from "../../../src/compiler/autodiff/derive.ts";
import { partialEvaluate } from "../../../src/compiler/autodiff/partial-eval.ts";
import { lowerGraph } from "../../../src/compiler/backends/onnx/lower.ts";
import { dependents, type Node, reachable } from "../../../src/compiler/ir/graph.ts";
import { printGraph } from "../../../src/compiler/ir/print.ts";
import { substitute } from "../../../src/compiler/ir/rebuild.ts";
import { simplifyingBuilder } from "../../../src/compiler/ir/simplify.ts";
import { trace } from "../../../src/compiler/trace/import.ts";
import { mlp } from "../../../src/index.ts";

/** A traced network of these sizes on 3 examples, cross-entropy on labels, with directions v. */
function traced(sizes: readonly number[], activation: "tanh" | "sigmoid" | "softplus" = "tanh") {
  const b = simplifyingBuilder();
  const parameters = sizes
    .slice(1)
    .flatMap((n, l) => [b.input(`w${l}`, [sizes[l], n], "float32"), b.input(`b${l}`, [n], "float32")]);
  const x = b.input("x", [3, sizes[0]], "float32");
  const y = b.input("y", [3], "int32");
  const network = mlp(sizes, { activation });
  const layers = (arrays: np.Array[]) =>
    sizes.slice(1).map((_, l) => ({ weight: arrays[2 * l], bias: arrays[2 * l + 1] }));
  const [outputs] = trace(b, (...args) => network.apply(layers(args), args[args.length - 1]), [...parameters, x]);
  const variable = b.input("outputs", outputs.shape, "float32");
  const [ofVariable] = trace(
    b,
    (z, labels) => np.sum(nn.logSoftmax(z).mul(nn.oneHot(labels, sizes[sizes.length - 1])), -1).neg(),
    [variable, y],
  );
  const [loss] = substitute(b, [ofVariable], new Map([[variable, outputs]]));
  const problem: TracedLoss = {
    parameters,
    batch: [x, y],
    loss,
    regularizer: undefined,
    composite: { outputs, variable, loss: ofVariable },
  };
  const v = parameters.map(({ shape }) => b.input("v", shape, "float32"));
  return { b, problem, point: [...parameters, x, y], v };
}

function products(outputs: readonly Node[], among: (node: Node) => boolean = () => true): number {
  return reachable(outputs).filter((node) => node.op === "matmul" && among(node)).length;
}

describe("matrix products of an L-layer network", () => {
  const autoencoder = [784, 1000, 500, 250, 30, 250, 500, 1000, 784];
  test.each([
    [2, [7, 5, 4]],
    [3, [7, 6, 5, 4]],
    [8, autoencoder],
  ])("L = %i: as many as the hand-derived passes", (L, sizes) => {
    const { b, problem, point, v } = traced(sizes);
    expect(products([problem.loss])).toBe(L);
    expect(products(gradient(b, problem))).toBe(3 * L - 1);
    const hessian = hessianProduct(b, problem, v);
    expect(products(hessian)).toBe(8 * L - 5);
    const kept = partialEvaluate(b, hessian, point, v);
    expect(products(kept.product.outputs)).toBe(6 * L - 4);
    const gaussNewton = partialEvaluate(b, gaussNewtonProduct(b, problem, v), point, v);
    expect(products(gaussNewton.product.outputs)).toBe(4 * L - 2);
  });

  test("the paper's autoencoder: 23, 59, 44 kept, 30 kept for Gauss–Newton", () => {
    const { b, problem, point, v } = traced(autoencoder);
    const hessian = hessianProduct(b, problem, v);
    expect(products(gradient(b, problem))).toBe(23);
    expect(products(hessian)).toBe(59);
    const moving = dependents(reachable(hessian), v);
    expect(products(hessian, (node) => moving.has(node))).toBe(44);
    expect(products(partialEvaluate(b, gaussNewtonProduct(b, problem, v), point, v).product.outputs)).toBe(30);
  });
});

describe("partialEvaluate()", () => {
  test.each(["tanh", "sigmoid", "softplus"] as const)(
    "leaves four elementwise operations a hidden layer to the product: %s",
    (activation) => {
      const { b, problem, point, v } = traced([7, 6, 6, 6, 6, 4], activation);
      const { product } = partialEvaluate(b, hessianProduct(b, problem, v), point, v);
      const { graph } = fromBinary(ModelProtoSchema, lowerGraph(product).model);
      const elementwise = graph!.node.filter(({ opType }) => ["Add", "Sub", "Mul", "Div", "Neg"].includes(opType));
      // Ra = φ'⊙Rz and Rδ = φ'⊙Re + c⊙Rz; all other sums are addends of matrix products. Beside them the scaling of
      // five bias gradients, and five operations for H_ℓRz of the cross-entropy.
      expect(elementwise.length).toBe(4 * 4 + 5 + 5);
    },
  );

  test("prints the Gauss–Newton product of a two-layer network as one would write it", () => {
    const { b, problem, point, v } = traced([7, 5, 4]);
    const { product } = partialEvaluate(b, gaussNewtonProduct(b, problem, v), point, v);
    expect(printGraph(product)).toMatchInlineSnapshot(`
      "(%0: float32[5,4], %1: float32[3,7], %2: float32[3,5], %3: float32[3,5], %4: float32[3,4], %5: float32[3,1], %6: float32[3,1], %7: float32[7,5], %8: float32[5], %9: float32[5,4], %10: float32[4]) {
        %11: float32[3,5] = matmul %1 %7 transposeA=false transposeB=false
        %12: float32[3,5] = add %8 %11
        %13: float32[3,5] = mul %12 %2
        %14: float32[3,4] = matmul %13 %0 transposeA=false transposeB=false
        %15: float32[3,4] = matmul %3 %9 transposeA=false transposeB=false
        %16: float32[3,4] = add %14 %15
        %17: float32[3,4] = add %10 %16
        %18: float32[3,4] = mul %4 %17
        %19: float32[3] = reduce %18 op="sum" axes=[1]
        %20: float32[3,1] = reshape %19
        %21: float32[3,4] = mul %5 %18
        %22: float32[3,1] = mul %6 %20
        %23: float32[3,4] = mul %4 %22
        %24: float32[3,4] = mul -1 %23
        %25: float32[3,4] = add %21 %24
        %26: float32[4] = reduce %25 op="sum" axes=[0]
        %27: float32[4] = mul 0.3333333333333333 %26
        %28: float32[5,4] = matmul %3 %25 transposeA=true transposeB=false
        %29: float32[5,4] = mul 0.3333333333333333 %28
        %30: float32[3,5] = matmul %25 %0 transposeA=false transposeB=true
        %31: float32[3,5] = mul %2 %30
        %32: float32[5] = reduce %31 op="sum" axes=[0]
        %33: float32[5] = mul 0.3333333333333333 %32
        %34: float32[7,5] = matmul %1 %31 transposeA=true transposeB=false
        %35: float32[7,5] = mul 0.3333333333333333 %34
        return %35, %33, %29, %27
      }"
    `);
  });

  test("nothing that does not depend on v is left to the product", () => {
    const { b, problem, point, v } = traced([7, 6, 5, 4]);
    for (const outputs of [hessianProduct(b, problem, v), gaussNewtonProduct(b, problem, v)]) {
      const { product } = partialEvaluate(b, outputs, point, v);
      const moving = dependents(reachable(product.outputs), product.inputs.slice(-v.length));
      const fixed = reachable(product.outputs).filter((node) => !moving.has(node));
      expect(fixed.every(({ op }) => op === "input" || op === "constant" || op === "expand")).toBe(true);
    }
  });
});
