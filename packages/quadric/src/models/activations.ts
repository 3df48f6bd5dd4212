/** Activation functions by name, as models and the command line spell them. */
import { nn, numpy as np } from "@jax-js/jax";

export type ActivationName = "tanh" | "sigmoid" | "softplus" | "relu" | "gelu" | "silu" | "linear";

export const activations: Record<ActivationName, (x: np.Array) => np.Array> = {
  tanh: (x) => np.tanh(x),
  sigmoid: (x) => nn.sigmoid(x),
  softplus: (x) => nn.softplus(x),
  relu: (x) => nn.relu(x),
  gelu: (x) => nn.gelu(x),
  silu: (x) => nn.silu(x),
  linear: (x) => x,
};
