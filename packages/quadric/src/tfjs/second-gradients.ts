/**
 * What TensorFlow.js lacks for gradients of gradients, registered while `withSecondGradients` runs and at no other
 * time.
 *
 * Derivatives of derivatives:
 *
 *   Conv2DBackpropFilter   ∂T/∂k of the trilinear form T(x, k, y) behind convolutions: linear in x and y, so its derivatives are the
 *                          other two convolutions
 *   AvgPoolGrad            linear in the cotangent; the transpose is the pooling itself
 *   MaxPoolGrad            the same; the transpose reads the places of the maxima, which almost everywhere stay where they are
 *   EluGrad                ẏ·f′ with f′ = 1 for y ≥ 0, else y + 1
 *   comparisons            constant almost everywhere
 *
 * And tanh, sigmoid, exp, ELU and softmax, whose derivatives are written in terms of the result y that was saved:
 * TensorFlow.js records the saving before the operation, and so takes y for a constant. Here they compute y again.
 */
import * as tf from "@tensorflow/tfjs-core";

type Gradient = Parameters<typeof tf.registerGradient>[0];

// biome-ignore lint/suspicious/noExplicitAny: each kernel has other attributes and ranks.
type Any = any;

const zerosLike = (x: tf.Tensor) => tf.zeros(x.shape, "float32");

const comparisons = ["Equal", "NotEqual", "Greater", "Less", "LessEqual", "LogicalAnd", "LogicalOr"];

const gradients: Gradient[] = [
  ...comparisons.map((kernelName) => ({
    kernelName,
    inputsToSave: ["a", "b"],
    gradFunc: (_: Any, [a, b]: tf.Tensor[]) => ({ a: () => zerosLike(a), b: () => zerosLike(b) }),
  })),
  {
    kernelName: "Conv2DBackpropFilter",
    inputsToSave: ["x", "dy"],
    gradFunc: (dk: Any, [x, dy]: Any[], { strides, pad, dataFormat, dimRoundingMode }: Any) => {
      const attributes = { strides, pad, dataFormat, dimRoundingMode, inputShape: x.shape };
      return {
        x: () => tf.engine().runKernel("Conv2DBackpropInput", { dy, filter: dk }, attributes) as tf.Tensor,
        dy: () => tf.conv2d(x, dk, strides, pad, dataFormat, 1, dimRoundingMode),
      };
    },
  },
  {
    kernelName: "AvgPoolGrad",
    inputsToSave: ["input"],
    gradFunc: (dx: Any, [input], { filterSize, strides, pad }: Any) => ({
      dy: () => tf.avgPool(dx, filterSize, strides, pad),
      input: () => zerosLike(input),
    }),
  },
  {
    kernelName: "MaxPoolGrad",
    inputsToSave: ["input", "output"],
    gradFunc: (dx: Any, [input, output]: Any[], { filterSize, strides, pad }: Any) => ({
      dy: () => {
        const { indexes } = tf.maxPoolWithArgmax(input, filterSize, strides, pad, true);
        return tf.reshape(tf.gather(tf.reshape(dx, [-1]), tf.reshape(tf.cast(indexes, "int32"), [-1])), output.shape);
      },
      input: () => zerosLike(input),
      output: () => zerosLike(output),
    }),
  },
  {
    kernelName: "EluGrad",
    inputsToSave: ["dy", "y"],
    gradFunc: (dx: Any, [dy, y]: Any[]) => ({
      dy: () => tf.mul(dx, tf.where(tf.greaterEqual(y, 0), tf.onesLike(y), tf.add(y, 1))),
      y: () => tf.mul(tf.mul(dx, dy), tf.where(tf.greaterEqual(y, 0), tf.zerosLike(y), tf.onesLike(y))),
    }),
  },
];

/** Kernels of one operand that save nothing but their result, with the operand's name. */
const savingResults = { Tanh: "x", Sigmoid: "x", Exp: "x", Elu: "x", Softmax: "logits" };

function recomputing(kernelName: string, operand: string): Gradient {
  const { gradFunc } = tf.getGradient(kernelName);
  return {
    kernelName,
    inputsToSave: [operand],
    gradFunc: (dy, [x], attributes) =>
      gradFunc(dy, [tf.engine().runKernel(kernelName, { [operand]: x }, attributes as Any) as tf.Tensor], attributes),
  };
}

export function withSecondGradients<T>(body: () => T): T {
  const wanted = [
    ...gradients.filter(({ kernelName }) => tf.getGradient(kernelName) === undefined),
    ...Object.entries(savingResults).map(([kernelName, operand]) => recomputing(kernelName, operand)),
  ];
  const before = wanted.map(({ kernelName }) => tf.getGradient(kernelName));
  const replace = (kernelName: string, gradient: Gradient | undefined) => {
    if (tf.getGradient(kernelName)) tf.unregisterGradient(kernelName);
    if (gradient) tf.registerGradient(gradient);
  };
  for (const gradient of wanted) replace(gradient.kernelName, gradient);
  try {
    return body();
  } finally {
    wanted.forEach(({ kernelName }, i) => {
      replace(kernelName, before[i]);
    });
  }
}

/**
 * Operations without a derivative that need none: what they return is constant almost everywhere or no function of
 * weights, or they run within operations that bring their derivative along.
 */
const harmless = new Set([
  ...["Fill", "Range", "OnesLike", "ZerosLike", "OneHot", "LogicalNot", "NotEqual", "Any", "ArgMax"],
  ...["FusedConv2D", "_FusedMatMul", "FusedDepthwiseConv2D"],
]);

/** The name of an operation in `body` without a derivative; undefined if there is none. Leaves no tensors allocated. */
export function lacksSecondGradient(body: () => tf.Tensor[]): string | undefined {
  return withSecondGradients(() => {
    const { kernelNames } = profile(body);
    // Other names are those of functions with custom gradients.
    const isKernel = (name: string) => tf.getKernel(name, tf.getBackend()) != null;
    return kernelNames.find((name) => isKernel(name) && tf.getGradient(name) === undefined && !harmless.has(name));
  });
}

/** The kernels that `body` runs. */
function profile(body: () => tf.Tensor[]): { kernelNames: readonly string[] } {
  const run = () =>
    tf.tidy(() => {
      body();
    });
  // Without a profile first: a kernel that fails within one rejects a promise that nobody holds.
  run();
  const { state } = tf.engine();
  const before = [state.profiling, state.activeProfile] as const;
  state.profiling = true;
  state.activeProfile = {
    newBytes: 0,
    newTensors: 0,
    peakBytes: 0,
    kernels: [],
    result: null,
    kernelNames: [],
  } as never;
  try {
    run();
    return { kernelNames: [...new Set(state.activeProfile.kernels.map(({ name }) => name))] };
  } finally {
    [state.profiling, state.activeProfile] = before;
  }
}
