/**
 * A variational autoencoder [KingmaWelling2014]: the negative evidence lower bound of every example x, by one sample of its
 * own noise ε,
 *
 *   (μ, log s) = encoder(x),   z = μ + s ⊙ ε,   ε ~ N(0, I) of the example's key
 *   −ELBO = −log N(x; decoder(z), σ²I) + KL(N(μ, s²) ‖ N(0, I))
 *
 * With `fit(…, { keys: "key" })` the noise is fixed within a step and new in the next epoch.
 */
import { numpy as np, random, vmap } from "@jax-js/jax";

/** What is used of a network. */
interface Map<Params> {
  init(seed: number): Params;
  apply(params: Params, x: np.Array): np.Array;
}

export type AutoencoderParams<E, D> = { readonly encoder: E; readonly decoder: D; readonly noise: np.Array };

/** x [b, features], and a key of random numbers an example, int32 [b, 2]. */
export interface AutoencoderBatch {
  readonly x: np.Array;
  readonly key: np.Array;
}

/**
 * @param encoder - from features to 2·latent numbers: μ and log s.
 * @param decoder - from latent numbers to features.
 * @example
 * const problem = variationalAutoencoder(mlp([784, 128, 16]), mlp([8, 128, 784]), 8);
 */
export function variationalAutoencoder<E, D>(encoder: Map<E>, decoder: Map<D>, latent: number) {
  const sample = vmap((key: np.Array) => random.normal(key, [latent])) as (keys: np.Array) => np.Array;
  return {
    params: { encoder: encoder.init(0), decoder: decoder.init(1), noise: np.array(0) } as AutoencoderParams<E, D>,
    loss(params: AutoencoderParams<E, D>, { x, key }: AutoencoderBatch): np.Array {
      const [mean, logScale] = np.split(encoder.apply(params.encoder, x.ref), 2, -1);
      const scale = np.exp(logScale.ref);
      const z = mean.ref.add(scale.ref.mul(sample(key.astype(np.uint32))));
      const error = x.sub(decoder.apply(params.decoder, z)).div(np.exp(params.noise.ref));
      const fit = np
        .square(error)
        .mul(0.5)
        .add(params.noise)
        .add(Math.log(2 * Math.PI) / 2);
      const divergence = np.square(mean).add(np.square(scale)).sub(1).mul(0.5).sub(logScale);
      return fit.sum(-1).add(divergence.sum(-1));
    },
  };
}
