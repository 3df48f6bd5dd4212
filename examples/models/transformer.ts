/**
 * A small causal transformer over tokens, such as the characters of a text [Vaswani2017], normalized before each part:
 *
 *   h = E[token] + P;   h += attention(ln h);   h += W₂φ(W₁ ln h);   outputs = W ln h,  logits of the next token at every place
 *
 *   attention: softmax(QKᵀ/√d + mask)·V for each head, where a place sees itself and what came before it
 */
import { nn, numpy as np } from "@jax-js/jax";
import { losses, type Network } from "quadric";
import { type Dense, type Draw, dense, drawFrom } from "./draw.ts";
import { layerNorm, type ScaleShift, unitScaleShift } from "./normalization.ts";

type Block = {
  readonly attentionNorm: ScaleShift;
  /** Queries, keys and values in one: [width, 3·width]. */
  readonly attention: Dense;
  readonly projection: Dense;
  readonly unitsNorm: ScaleShift;
  readonly expand: Dense;
  readonly contract: Dense;
};

export type TransformerParams = {
  /** [vocabulary, width]. */
  readonly tokens: np.Array;
  /** [context, width]. */
  readonly places: np.Array;
  readonly blocks: Block[];
  readonly norm: ScaleShift;
  readonly head: Dense;
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
  /** φ, over 4·width units; defaults to `nn.gelu`. */
  readonly activation?: (x: np.Array) => np.Array;
}

/** The mean over t of −log softmax(z_t)_y for sequences: z [b, t, k], labels [b, t]. */
export function sequenceCrossEntropy(outputs: np.Array, labels: np.Array): np.Array {
  return losses.crossEntropy(outputs, labels).mean(-1);
}

/**
 * Maps tokens [b, context] to logits [b, context, vocabulary]; the loss for it is `sequenceCrossEntropy`.
 *
 * @throws {RangeError} if the heads do not divide the width.
 * @example
 * const problem = supervised(transformer({ vocabulary: 65, context: 32 }), sequenceCrossEntropy);
 */
export function transformer({
  vocabulary,
  context,
  width = 64,
  heads = 4,
  blocks = 1,
  activation = nn.gelu,
}: TransformerOptions): Network<TransformerParams> {
  if (width % heads !== 0) throw new RangeError(`transformer: heads must divide width = ${width}, got ${heads}.`);
  const depth = width / heads;

  const layer = (draw: Draw, from: number, to: number): Dense => ({
    weight: draw.normal([from, to], 1 / from),
    bias: np.zeros([to]),
  });

  function drawBlock(draw: Draw): Block {
    return {
      attentionNorm: unitScaleShift(width),
      attention: layer(draw, width, 3 * width),
      projection: layer(draw, width, width),
      unitsNorm: unitScaleShift(width),
      expand: layer(draw, width, 4 * width),
      contract: layer(draw, 4 * width, width),
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
      const draw = drawFrom(seed);
      return {
        tokens: draw.normal([vocabulary, width], 1 / width),
        places: draw.normal([context, width], 1 / width),
        blocks: Array.from({ length: blocks }, () => drawBlock(draw)),
        norm: unitScaleShift(width),
        head: layer(draw, width, vocabulary),
      };
    },
    apply({ tokens, places, blocks: layers, norm, head }, x) {
      let h = tokens.slice(x).add(places);
      for (const block of layers) {
        h = h.ref.add(attend(layerNorm(h, block.attentionNorm), block));
        const units = activation(dense(layerNorm(h.ref, block.unitsNorm), block.expand));
        h = h.add(dense(units, block.contract));
      }
      return dense(layerNorm(h, norm), head);
    },
  };
}
