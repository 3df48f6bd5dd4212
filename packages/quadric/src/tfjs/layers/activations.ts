/** The activations of TensorFlow.js by the names that it gives them. */
import { nn, numpy as np } from "@jax-js/jax";

export type Activation =
  | { readonly over: "elements"; readonly of: (x: np.Array) => np.Array }
  /** Of a whole axis, of which only the last is meant. */
  | { readonly over: "channels"; readonly of: (x: np.Array, axis: number) => np.Array };

const each = (of: (x: np.Array) => np.Array): Activation => ({ over: "elements", of });

/** log(1 + eˣ), which is x to every bit of float32 from 30 on. */
export const softplus = (x: np.Array): np.Array =>
  np.where(x.ref.greater(30), x.ref, np.log(np.exp(np.minimum(x, 30)).add(1)));

export const activations: Readonly<Record<string, Activation>> = {
  linear: each((x) => x),
  relu: each(nn.relu),
  relu6: each((x) => np.minimum(nn.relu(x), 6)),
  elu: each((x) => nn.elu(x)),
  selu: each(nn.selu),
  sigmoid: each(nn.sigmoid),
  hardSigmoid: each((x) => np.clip(x.mul(0.2).add(0.5), 0, 1)),
  softplus: each(softplus),
  softsign: each(nn.softSign),
  tanh: each(np.tanh),
  swish: each((x) => x.ref.mul(nn.sigmoid(x))),
  mish: each((x) => x.ref.mul(np.tanh(softplus(x)))),
  gelu: each((x) => nn.gelu(x, { approximate: false })),
  gelu_new: each((x) => {
    const inner = x.ref.add(x.ref.mul(x.ref).mul(x.ref).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
    return x.mul(np.tanh(inner).add(1)).mul(0.5);
  }),
  softmax: { over: "channels", of: (x, axis) => nn.softmax(x, axis) },
  logSoftmax: { over: "channels", of: (x, axis) => nn.logSoftmax(x, axis) },
};
