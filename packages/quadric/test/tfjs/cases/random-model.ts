/**
 * Random models of TensorFlow.js over all layers and their settings: branches that merge, blocks that are called twice,
 * models in models, several inputs and outputs, masks, regularizers, frozen layers, every loss. The same seed gives the
 * same model.
 */
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import type { TfjsLossName } from "../../../src/tfjs/losses.ts";
import { activations, drawWeights, makeDraw, numericLosses } from "./draw.ts";

type Tensors = tfl.SymbolicTensor;
type Args = Record<string, unknown>;

export interface RandomModel {
  readonly model: tfl.LayersModel;
  readonly losses: readonly TfjsLossName[];
  readonly x: tf.Tensor[];
  readonly y: tf.Tensor[];
  /** What was built, for a report. */
  readonly plan: readonly string[];
}

/** Builds what the seed says; `limit` leaves out all layers after so many, which is how failures are made smaller. */
export function randomModel(seed: number, { limit = Number.POSITIVE_INFINITY, batch = 3 } = {}): RandomModel {
  const draw = makeDraw(seed);
  const { below, between, chance, pick, normal } = draw;
  const plan: string[] = [];
  let made = 0;

  /** Settings that any layer with a kernel takes. */
  const kernels = (prefix = "kernel"): Args => ({
    useBias: chance(0.8),
    ...(chance(0.1) && {
      [`${prefix}Regularizer`]: pick([tfl.regularizers.l2(), tfl.regularizers.l1({ l1: 0.02 }), "l1l2"]),
    }),
    ...(chance(0.05) && { biasRegularizer: tfl.regularizers.l1l2({ l1: 0.03, l2: 0.01 }) }),
    ...(chance(0.08) && { trainable: false }),
  });
  const activation = () => (chance(0.7) ? pick(activations.filter((name) => !/oftmax/.test(name))) : pick(activations));

  const apply = (layer: tfl.layers.Layer, on: Tensors | Tensors[], what: string): Tensors => {
    made++;
    plan.push(what);
    return layer.apply(on) as Tensors;
  };
  const say = (name: string, args: Args) => `${name} ${JSON.stringify(args)}`;
  type Maker = (args: never) => tfl.layers.Layer;
  const layer = (name: string, args: Args, on: Tensors | Tensors[]): Tensors =>
    apply((tfl.layers as unknown as Record<string, Maker>)[name](args as never), on, say(name, args));

  const recurrent = (): [string, Args] => {
    const name = pick(["simpleRNN", "gru", "lstm"]);
    return [
      name,
      {
        units: between(1, 4),
        ...(chance(0.5) && { activation: activation() }),
        ...(chance(0.3) && name !== "simpleRNN" && { recurrentActivation: pick(["sigmoid", "hardSigmoid", "tanh"]) }),
        ...kernels(),
        ...(chance(0.2) && { goBackwards: true }),
        ...(chance(0.2) && { dropout: 0.3, recurrentDropout: 0.2 }),
        returnSequences: chance(0.6),
      },
    ];
  };

  /** One layer for vectors [b, n], sequences [b, t, n] and images [b, h, w, n], and what fits all. */
  const next = (x: Tensors): Tensors => {
    const rank = x.shape.length;
    const [, first, second] = x.shape as number[];
    const any: (() => Tensors)[] = [
      () => layer("dense", { units: between(1, 5), activation: activation(), ...kernels() }, x),
      () => layer("activation", { activation: activation() }, x),
      () => layer("leakyReLU", chance(0.5) ? { alpha: 0.2 } : {}, x),
      () => layer("reLU", chance(0.5) ? { maxValue: 0.7 } : {}, x),
      () => layer("elu", {}, x),
      () => layer("thresholdedReLU", { theta: 0.3 }, x),
      () => layer("prelu", rank > 2 && chance(0.5) ? { sharedAxes: [1] } : { alphaInitializer: "randomNormal" }, x),
      () => layer("dropout", { rate: 0.4 }, x),
      () => layer(pick(["gaussianNoise", "gaussianDropout", "alphaDropout"]), { stddev: 0.2, rate: 0.2 }, x),
      () =>
        layer("batchNormalization", { ...(chance(0.3) && { axis: 1 }), momentum: 0.9, epsilon: pick([1e-3, 1e-2]) }, x),
      () =>
        layer(
          "layerNormalization",
          {
            ...(chance(0.3) && rank > 2 && { axis: pick([1, [1, 2], [rank - 1]]) }),
            center: chance(0.8),
            scale: chance(0.8),
          },
          x,
        ),
      () => layer("flatten", chance(0.2) && rank > 2 ? { dataFormat: "channelsFirst" } : {}, x),
      () => layer("permute", { dims: Array.from({ length: rank - 1 }, (_, i) => ((i + 1) % (rank - 1)) + 1) }, x),
      () => layer("reshape", { targetShape: [(x.shape.slice(1) as number[]).reduce((n, m) => n * m, 1)] }, x),
      () => layer("rescaling", { scale: 0.5, offset: 0.1 }, x),
      () => layer("softmax", { axis: -1 }, x),
      () => merged(x),
      () => twice(x),
      () => nested(x),
    ];
    const vectors = [() => layer("repeatVector", { n: between(1, 4) }, x)];
    const padding = () => pick(["same", "valid"] as const);
    const sequences = [
      () =>
        layer(
          "conv1d",
          {
            filters: between(1, 3),
            kernelSize: between(1, Math.min(3, first)),
            padding: padding(),
            ...(chance(0.5) ? { strides: between(1, 2) } : {}),
            activation: activation(),
            ...kernels(),
          },
          x,
        ),
      () =>
        layer(
          pick(["maxPooling1d", "averagePooling1d"]),
          { poolSize: between(1, Math.min(3, first)), padding: padding(), strides: between(1, 2) },
          x,
        ),
      () => layer(pick(["globalAveragePooling1d", "globalMaxPooling1d"]), {}, x),
      () => layer("spatialDropout1d", { rate: 0.3 }, x),
      ...Array.from({ length: 3 }, () => () => layer(...recurrent(), x)),
      () => {
        const [name, args] = recurrent();
        const inner = (tfl.layers as unknown as Record<string, Maker>)[name](args as never) as tfl.RNN;
        return apply(
          tfl.layers.bidirectional({ layer: inner, mergeMode: pick(["concat", "sum", "ave", "mul"]) }),
          x,
          `bidirectional ${say(name, args)}`,
        );
      },
      () => {
        const args = { units: between(1, 4), activation: activation(), ...kernels() };
        return apply(
          tfl.layers.timeDistributed({ layer: tfl.layers.dense(args as never) }),
          x,
          say("timeDistributed dense", args),
        );
      },
      () => {
        const [name, args] = recurrent();
        const rnn = (tfl.layers as unknown as Record<string, Maker>)[name]({ ...args, returnState: true } as never);
        const [sequence, ...states] = rnn.apply(x) as unknown as Tensors[];
        plan.push(`with state ${say(name, args)}`);
        return chance(0.5) ? sequence : states[0];
      },
    ];
    const format = () => (chance(0.2) ? { dataFormat: "channelsFirst" as const } : {});
    const area = (args: Args) => (args.dataFormat ? [second, x.shape[3]!] : [first, second]);
    const images = [
      ...["conv2d", "conv2d", "separableConv2d", "depthwiseConv2d", "conv2dTranspose"].map((name) => () => {
        const args: Args = format();
        const [h, w] = area(args);
        const isTransposed = name === "conv2dTranspose";
        const prefix = /depthwise|separable/.test(name) ? "depthwise" : "kernel";
        const strides = chance(0.4) && name !== "separableConv2d" ? between(1, 2) : 1;
        return layer(
          name,
          {
            ...args,
            ...(name !== "depthwiseConv2d" && { filters: between(1, 3) }),
            ...(prefix === "depthwise" && { depthMultiplier: between(1, 2) }),
            kernelSize: [between(1, Math.min(3, h)), between(1, Math.min(3, w))],
            padding: padding(),
            strides,
            ...(strides === 1 && chance(0.2) && !isTransposed && { dilationRate: 1 }),
            activation: activation(),
            ...kernels(prefix),
          },
          x,
        );
      }),
      () => {
        const args = format();
        const [h, w] = area(args);
        return layer(
          pick(["maxPooling2d", "averagePooling2d"]),
          {
            ...args,
            poolSize: [between(1, Math.min(3, h)), between(1, Math.min(2, w))],
            padding: padding(),
            strides: between(1, 2),
          },
          x,
        );
      },
      () => layer(pick(["globalAveragePooling2d", "globalMaxPooling2d"]), format(), x),
      () =>
        layer(
          "zeroPadding2d",
          {
            padding: [
              [1, 0],
              [2, 1],
            ],
            ...format(),
          },
          x,
        ),
      () =>
        layer(
          "cropping2D",
          {
            cropping: [
              [0, first > 2 ? 1 : 0],
              [second > 2 ? 1 : 0, 0],
            ],
          },
          x,
        ),
      () =>
        layer(
          "upSampling2d",
          { size: [between(1, 2), between(1, 3)], interpolation: pick(["nearest", "bilinear"]), ...format() },
          x,
        ),
      () => layer("reshape", { targetShape: [first, second * x.shape[3]!] }, x),
      () => {
        const args = { filters: between(1, 2), kernelSize: 1, activation: activation() };
        return layer("conv2d", { ...args, kernelSize: 2, padding: "same", dilationRate: 2 }, x);
      },
      () =>
        apply(
          tfl.layers.timeDistributed({ layer: tfl.layers.dense({ units: 2, activation: "tanh" }) }),
          x,
          "timeDistributed dense",
        ),
    ];
    const volumes = [
      () =>
        layer(
          "conv3d",
          { filters: between(1, 2), kernelSize: between(1, 2), padding: padding(), activation: activation() },
          x,
        ),
      () =>
        layer(
          "conv3dTranspose",
          { filters: between(1, 2), kernelSize: between(1, 2), strides: between(1, 2), padding: padding() },
          x,
        ),
      () =>
        layer(
          pick(["maxPooling3d", "averagePooling3d"]),
          { poolSize: between(1, 2), strides: between(1, 2), padding: padding() },
          x,
        ),
    ];
    const own = { 2: vectors, 3: sequences, 4: images, 5: volumes }[rank] ?? [];
    // A value of many places is made smaller.
    const size = (x.shape.slice(1) as number[]).reduce((n, m) => n * m, 1);
    if (size > 150)
      return rank === 2
        ? layer("dense", { units: 3 }, x)
        : rank === 3
          ? layer("globalMaxPooling1d", {}, x)
          : layer("flatten", {}, x);
    return chance(0.55) && own.length > 0 ? pick(own)() : pick(any)();
  };
  const sameShape = (x: Tensors): Tensors =>
    layer(pick(["dense", "dense"]), { units: x.shape.at(-1)!, activation: activation(), ...kernels() }, x);
  const merged = (x: Tensors): Tensors => {
    const branches = [x, sameShape(x), ...(chance(0.3) ? [sameShape(x)] : [])];
    const name = pick(["add", "multiply", "average", "maximum", "minimum", "concatenate", "dot"]);
    if (name === "concatenate")
      return layer(
        name,
        { axis: pick([-1, ...Array.from({ length: x.shape.length - 1 }, (_, i) => i + 1)]) },
        branches,
      );
    if (name === "dot" && x.shape.length < 4)
      return layer(
        name,
        { axes: x.shape.length === 2 ? 1 : pick([1, 2]), normalize: chance(0.5) },
        branches.slice(0, 2),
      );
    return layer(name === "dot" ? "add" : name, {}, branches);
  };
  /** A layer or a model that keeps shapes, called twice. */
  const twice = (x: Tensors): Tensors => {
    const units = x.shape.at(-1)!;
    const args = { units, activation: activation(), ...kernels() };
    if (chance(0.5)) {
      const shared = tfl.layers.dense(args as never);
      plan.push(`twice ${say("dense", args)}`);
      return shared.apply(shared.apply(x)) as Tensors;
    }
    const block = tfl.sequential({ layers: [tfl.layers.dense({ ...args, inputShape: x.shape.slice(1) } as never)] });
    plan.push(`model twice ${say("dense", args)}`);
    return block.apply(block.apply(x)) as Tensors;
  };
  const nested = (x: Tensors): Tensors => {
    const input = tfl.input({ shape: x.shape.slice(1) });
    plan.push("model [");
    const inner = tfl.model({ inputs: input, outputs: next(next(input)) });
    plan.push("]");
    return inner.apply(x) as Tensors;
  };

  const start = (): { input: Tensors; body: Tensors; values: tf.Tensor } => {
    const kind = pick(["vector", "sequence", "sequence", "image", "image", "ids", "volume"]);
    const shapes: Record<string, number[]> = {
      vector: [between(1, 5)],
      sequence: [between(1, 5), between(1, 3)],
      image: [between(1, 5), between(1, 5), between(1, 3)],
      volume: [between(1, 3), between(1, 3), between(1, 3), between(1, 2)],
      ids: [between(1, 5)],
    };
    const shape = shapes[kind];
    const size = batch * shape.reduce((n, m) => n * m, 1);
    const input = tfl.input({ shape });
    plan.push(`input ${kind} [${shape}]`);
    if (kind === "ids") {
      const maskZero = chance(0.4);
      const values = tf.tensor(
        Array.from({ length: size }, () => below(4)),
        [batch, ...shape],
        "float32",
      );
      return {
        input,
        values,
        body: layer(
          "embedding",
          { inputDim: 4, outputDim: between(1, 3), maskZero, embeddingsInitializer: "glorotNormal" },
          input,
        ),
      };
    }
    const isMasked = kind === "sequence" && chance(0.2);
    const data = Float32Array.from({ length: size }, normal);
    if (isMasked) for (let i = 0; i < size; i++) if (Math.floor(i / shape[1]) % 3 === 0) data[i] = 0;
    const body = isMasked ? layer("masking", { maskValue: 0 }, input) : input;
    return { input, body, values: tf.tensor(data, [batch, ...shape]) };
  };

  const starts = Array.from({ length: chance(0.2) ? 2 : 1 }, start);
  let bodies = starts.map(({ body }) => body);
  const depth = between(1, 4);
  bodies = bodies.map((body) => {
    let x = body;
    for (let i = 0; i < depth && made < limit; i++) x = next(x);
    return x;
  });
  const flat = (x: Tensors) => (x.shape.length === 2 ? x : layer("flatten", {}, x));
  const trunk = bodies.length === 1 ? bodies[0] : layer("concatenate", {}, bodies.map(flat));
  const heads = Array.from(
    { length: chance(0.2) ? 2 : 1 },
    (): { output: Tensors; loss: TfjsLossName; y: tf.Tensor } => {
      const kind = pick(["regression", "regression", "classes", "oneHot", "binary", "shares"]);
      const k = kind === "classes" || kind === "oneHot" || kind === "shares" ? between(2, 4) : between(1, 3);
      const links = {
        regression: ["linear", "tanh", "softplus"],
        classes: ["softmax", "softmax", "sigmoid"],
        oneHot: ["softmax", "softmax", "softplus", "sigmoid"],
        binary: ["sigmoid", "sigmoid", "linear", "softmax"],
        shares: ["softmax"],
      };
      const link = pick(links[kind as keyof typeof links]);
      const withSoftmax = link === "softmax" && chance(0.3);
      const dense = layer("dense", { units: k, activation: withSoftmax ? "linear" : link, ...kernels() }, trunk);
      const output = withSoftmax ? layer("softmax", { axis: -1 }, dense) : dense;
      const places = (output.shape.slice(1, -1) as number[]).reduce((n, m) => n * m, batch);
      const shape = [batch, ...(output.shape.slice(1, -1) as number[])];
      const labels = Array.from({ length: places }, () => below(k));
      const numbers = (f: (i: number) => number) =>
        tf.tensor(
          Float32Array.from({ length: places * k }, (_, i) => f(i)),
          [...shape, k],
        );
      const hot = () => numbers((i) => Number(i % k === labels[Math.floor(i / k)]));
      if (kind === "classes")
        return { output, loss: "sparseCategoricalCrossentropy", y: tf.tensor(labels, [...shape, 1], "float32") };
      if (kind === "oneHot")
        return { output, loss: k === 1 ? "meanSquaredError" : "categoricalCrossentropy", y: hot() };
      if (kind === "binary") return { output, loss: "binaryCrossentropy", y: numbers(() => Number(chance(0.5))) };
      if (kind === "shares") return { output, loss: "kullbackLeiblerDivergence", y: hot() };
      const loss = pick(numericLosses);
      const isPositive = loss === "poisson" || loss === "meanSquaredLogarithmicError";
      return { output, loss, y: numbers(() => (isPositive ? Math.abs(normal()) : normal() + 0.01)) };
    },
  );
  const one = <T>(list: T[]): T | T[] => (list.length === 1 ? list[0] : list);
  const model = tfl.model({
    inputs: one(starts.map(({ input }) => input)),
    outputs: one(heads.map(({ output }) => output)),
  });
  drawWeights(model, draw);
  return {
    model,
    losses: heads.map(({ loss }) => loss),
    x: starts.map(({ values }) => values),
    y: heads.map(({ y }) => y),
    plan,
  };
}
