/**
 * A small causal transformer over tokens, such as the characters of a text [Vaswani2017], normalized before each part:
 *
 *   h = E[token] + P;   h += attention(ln h);   h += W₂φ(W₁ ln h);   outputs = W ln h,  logits of the next token at every place
 *
 *   attention: softmax(QKᵀ/√d + mask)·V for each head, where a place sees itself and what came before it
 */
import { nn, numpy as np } from "@jax-js/jax";
import { requireInteger } from "../check.ts";
import { makeRandom, type Random } from "../vector/random.ts";
import { type ActivationName, activations } from "./activations.ts";
import { type DenseLayer, drawDense, drawWeight } from "./layers.ts";
import type { Network } from "./mlp.ts";
import { layerNorm, type ScaleShift, unitScaleShift } from "./normalization.ts";

type Block = {
  readonly attentionNorm: ScaleShift;
  /** Queries, keys and values in one: [width, 3·width]. */
  readonly attention: DenseLayer;
  readonly projection: DenseLayer;
  readonly unitsNorm: ScaleShift;
  readonly expand: DenseLayer;
  readonly contract: DenseLayer;
};

export type TransformerParams = {
  /** [vocabulary, width]. */
  readonly tokens: np.Array;
  /** [context, width]. */
  readonly places: np.Array;
  readonly blocks: Block[];
  readonly norm: ScaleShift;
  readonly head: DenseLayer;
};

export interface TransformerOptions {
  /** Number of different tokens. */
  readonly vocabulary: number;
  /** Tokens of an example. */
  readonly context: number;
  /** Features of a token; defaults to 64. */
  readonly width?: number;
  /** Attention heads, a divisor of the width; defaults to 4. */
  readonly heads?: number;
  /** Defaults to 1. */
  readonly blocks?: number;
  /** φ, over 4·width units; defaults to "gelu". */
  readonly activation?: ActivationName;
}

/**
 * Maps tokens [b, context] to logits [b, context, vocabulary]; the loss for it is `sequenceCrossEntropy`.
 *
 * @throws {RangeError} if a size is not an integer ≥ 1, or the heads do not divide the width.
 * @example
 * const problem = supervised(transformer({ vocabulary: 65, context: 32 }), sequenceCrossEntropy);
 */
export function transformer({
  vocabulary,
  context,
  width = 64,
  heads = 4,
  blocks = 1,
  activation = "gelu",
}: TransformerOptions): Network<TransformerParams> {
  for (const [name, n] of Object.entries({ vocabulary, context, width, heads, blocks })) {
    requireInteger("transformer", name, n, 1);
  }
  if (width % heads !== 0) throw new RangeError(`transformer: heads must divide width = ${width}, got ${heads}.`);
  const depth = width / heads;
  const phi = activations[activation];
  const dense = (x: np.Array, { weight, bias }: DenseLayer) => np.dot(x, weight).add(bias);

  function drawBlock(random: Random): Block {
    const draw = (from: number, to: number) => drawDense(random, "lecun", from, to);
    return {
      attentionNorm: unitScaleShift(width),
      attention: draw(width, 3 * width),
      projection: draw(width, width),
      unitsNorm: unitScaleShift(width),
      expand: draw(width, 4 * width),
      contract: draw(4 * width, width),
    };
  }

  function attend(x: np.Array, { attention, projection }: Block): np.Array {
    // [b, t, 3·width] → three of [b, heads, t, depth]
    const [b, t] = x.shape;
    const split = np.transpose(dense(x, attention).reshape([b, t, 3, heads, depth]), [2, 0, 3, 1, 4]);
    const [q, k, v] = np.split(split, 3).map((part) => part.reshape([b, heads, t, depth]));
    const scores = np.matmul(q, np.matrixTranspose(k)).mul(1 / Math.sqrt(depth));
    const seen = np.where(np.tri(t, t, 0, { dtype: np.bool }), scores, -Infinity);
    const mixed = np.matmul(nn.softmax(seen), v);
    return dense(np.swapaxes(mixed, 1, 2).reshape([b, t, width]), projection);
  }

  return {
    name: `transformer:${vocabulary}-${context}-${width}x${blocks}`,
    inputShape: [context],
    outputSize: vocabulary,
    init(seed) {
      const random = makeRandom(seed);
      return {
        tokens: drawWeight(random, "lecun", [vocabulary, width], width, width),
        places: drawWeight(random, "lecun", [context, width], width, width),
        blocks: Array.from({ length: blocks }, () => drawBlock(random)),
        norm: unitScaleShift(width),
        head: drawDense(random, "lecun", width, vocabulary),
      };
    },
    apply({ tokens, places, blocks: layers, norm, head }, x) {
      let h = tokens.slice(x).add(places);
      for (const block of layers) {
        h = h.ref.add(attend(layerNorm(h, block.attentionNorm), block));
        const units = phi(dense(layerNorm(h.ref, block.unitsNorm), block.expand));
        h = h.add(dense(units, block.contract));
      }
      return dense(layerNorm(h, norm), head);
    },
  };
}
