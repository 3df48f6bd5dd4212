/**
 * Recurrent layers, unrolled: h_t = cell(x_t, h_{t−1}). At a masked step output and states stay:
 *
 *   h_t = m_t·cell(x_t, h_{t−1}) + (1 − m_t)·h_{t−1}
 *
 * Dropout of inputs and states does nothing, as elsewhere.
 */
import { numpy as np } from "@jax-js/jax";
import { activations } from "./activations.ts";
import type { Converter, Layer, LayerCall, Settings } from "./call.ts";
import { asValue, channelsLast, stepsOf, type Value } from "./value.ts";

/**
 * From the input of a step and states to the new states, of which the first is the output. Consumes its arguments but
 * for the weights.
 */
type Cell = (x: np.Array, states: readonly np.Array[]) => np.Array[];

/** A cell of a layer's settings, and the sizes of its states. */
type MakeCell = (call: CellCall) => { readonly step: Cell; readonly sizes: readonly number[] };

type CellCall = Settings & { readonly weights: readonly np.Array[] };

function activation({ read, refuse }: CellCall, key: string): (x: np.Array) => np.Array {
  const name = read<string>(key);
  const found = activations[name] ?? refuse(`has the activation "${name}"`);
  return (x) => found.of(x, -1);
}

/** x W + h U + b, of which every factor but x and h is used at each step. */
const affine = (x: np.Array, w: np.Array, bias: np.Array | undefined) => {
  const product = np.dot(x, w.ref);
  return bias === undefined ? product : product.add(bias.ref);
};

function settings({ read, weights }: CellCall) {
  for (const key of ["dropout", "recurrentDropout", "unitForgetBias"]) read(key);
  const [kernel, recurrent, bias] = weights;
  return { units: read<number>("units"), kernel, recurrent, bias: read<boolean>("useBias") ? bias : undefined };
}

const makeCells: Readonly<Record<string, MakeCell>> = {
  SimpleRNNCell(call) {
    const { units, kernel, recurrent, bias } = settings(call);
    const activate = activation(call, "activation");
    return {
      sizes: [units],
      step: (x, [h]) => [activate(affine(x, kernel, bias).add(np.dot(h, recurrent.ref)))],
    };
  },

  /** z, r = σ(x W + h U + b);  ĥ = φ(x W + (r ⊙ h) U + b);  h ← z ⊙ h + (1 − z) ⊙ ĥ */
  GRUCell(call) {
    call.require("resetAfter", false);
    const { units, kernel, recurrent, bias } = settings(call);
    const [activate, gate] = [activation(call, "activation"), activation(call, "recurrentActivation")];
    return {
      sizes: [units],
      step(x, [h]) {
        const [xGates, xNew] = np.split(affine(x, kernel, bias), [2 * units], -1);
        const [gates, fresh] = np.split(recurrent.ref, [2 * units], -1);
        const [z, r] = np.split(gate(xGates.add(np.dot(h.ref, gates))), 2, -1);
        const proposal = activate(xNew.add(np.dot(r.mul(h.ref), fresh)));
        return [z.ref.mul(h).add(np.subtract(1, z).mul(proposal))];
      },
    };
  },

  /** i, f, o = σ(x W + h U + b);  c ← f ⊙ c + i ⊙ φ(x W + h U + b);  h = o ⊙ φ(c) */
  LSTMCell(call) {
    const { units, kernel, recurrent, bias } = settings(call);
    const [activate, gate] = [activation(call, "activation"), activation(call, "recurrentActivation")];
    return {
      sizes: [units, units],
      step(x, [h, c]) {
        const [i, f, fresh, o] = np.split(affine(x, kernel, bias).add(np.dot(h, recurrent.ref)), 4, -1);
        const carry = gate(f)
          .mul(c)
          .add(gate(i).mul(activate(fresh)));
        return [gate(o).mul(activate(carry.ref)), carry];
      },
    };
  },
};

interface RecurrentLayer extends Layer {
  readonly cell: Layer & { readonly cells?: readonly Layer[] };
}

/** The cell of a layer: one of the three, or several on top of one another, whose states are listed from the top. */
function cellOf(call: LayerCall): { cells: ReturnType<MakeCell>[]; dispose(): void } {
  const { cell } = call.layer as RecurrentLayer;
  const weights: np.Array[] = [];
  // A layer made for one kind of cell has the cell's settings among its own.
  const isOwn = `${call.layer.getClassName()}Cell` === cell.getClassName();
  if (!isOwn) call.read("cell");
  const cells = (cell.cells ?? [cell]).map((one) => {
    const make = makeCells[one.getClassName()] ?? call.refuse(`has a ${one.getClassName()}`);
    return call.within(one, (settings, own) => {
      weights.push(...own);
      if (isOwn) for (const key of Object.keys(one.getConfig())) call.read(key);
      return make({ ...settings, weights: own });
    });
  });
  return {
    cells,
    dispose() {
      for (const weight of weights) weight.dispose();
    },
  };
}

const Recurrent: Converter = (call) => {
  const { read, require, mask, inputs } = call;
  require("stateful", false);
  read("numConstants");
  const { cells, dispose } = cellOf(call);
  const xs = [...stepsOf(inputs[0])];
  const [batch] = xs[0].shape;
  // From the top, as TensorFlow.js lists them.
  const sizes = cells.toReversed().flatMap(({ sizes }) => sizes);
  let states: np.Array[] =
    inputs.length > 1 ? inputs.slice(1).map(channelsLast) : sizes.map((size) => np.zeros([batch, size]));
  if (mask === "unclear") throw call.refuse("is given the mask of a merge");
  const counts = mask && [...np.split(mask.ref, xs.length, 1)];
  if (read<boolean>("goBackwards")) {
    xs.reverse();
    counts?.reverse();
  }

  const through = (x: np.Array, before: readonly np.Array[]): np.Array[] => {
    let [input, top] = [x, before.length];
    const after: np.Array[] = [];
    cells.forEach(({ step, sizes }, i) => {
      const own = step(input, before.slice(top - sizes.length, top));
      top -= sizes.length;
      if (i < cells.length - 1) input = own[0].ref;
      after.unshift(...own);
    });
    return after;
  };
  const outputs: np.Array[] = [];
  xs.forEach((x, t) => {
    if (counts === undefined) {
      states = through(x, states);
    } else {
      const next = through(
        x,
        states.map((state) => state.ref),
      );
      states = next.map((state, i) => {
        const m = counts[t].ref;
        return m.ref.mul(state).add(np.subtract(1, m).mul(states[i]));
      });
    }
    outputs.push(states[0].ref);
  });
  dispose();
  for (const array of counts ?? []) array.dispose();

  const last = outputs.at(-1)!;
  const returnsSequences = read<boolean>("returnSequences");
  const output: Value = returnsSequences ? { steps: outputs } : asValue(last);
  if (!returnsSequences) for (const array of outputs.slice(0, -1)) array.dispose();
  if (read<boolean>("returnState")) return [output, ...states.map((state) => asValue(state))];
  for (const state of states) state.dispose();
  return output;
};

export const recurrentLayers: Readonly<Record<string, Converter>> = {
  RNN: Recurrent,
  SimpleRNN: Recurrent,
  GRU: Recurrent,
  LSTM: Recurrent,
};
