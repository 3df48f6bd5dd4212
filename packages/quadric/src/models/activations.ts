/** Activation functions by name, as models and the command line spell them. */
import { nn, numpy as np } from "@jax-js/jax";

export const activations = {
  tanh: (x) => np.tanh(x),
  sigmoid: (x) => nn.sigmoid(x),
  softplus: (x) => nn.softplus(x),
  relu: (x) => nn.relu(x),
  gelu: (x) => nn.gelu(x),
  silu: (x) => nn.silu(x),
  linear: (x) => x,
} satisfies Record<string, (x: np.Array) => np.Array>;

export type ActivationName = keyof typeof activations;
