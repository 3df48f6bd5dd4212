import { init, jit, numpy as np } from "@jax-js/jax";

const { defaultDevice } = await import("@jax-js/jax");
await init("cpu");
defaultDevice("cpu");
const show = async (k, f, ...a) => console.log(k, JSON.stringify(await f(...a).jsAsync()));
const s = (v) => np.array(v);
await show(
  "pad broadcast",
  jit(() => np.pad(np.broadcastTo(s(5), [2]), [[1, 1]])),
);
await show(
  "pad broadcast vec",
  jit(() =>
    np.pad(np.broadcastTo(np.array([5, 6]), [2, 2]), [
      [0, 0],
      [1, 1],
    ]),
  ),
);
await show(
  "pad reshape",
  jit(() =>
    np.pad(np.reshape(np.broadcastTo(s(5), [2]), [2, 1]), [
      [0, 0],
      [1, 0],
    ]),
  ),
);
await show(
  "pad const+const",
  jit(() => np.pad(np.broadcastTo(s(5), [2]).add(np.broadcastTo(s(1), [2])), [[1, 1]])),
);
await show(
  "pad x0+const",
  jit((x) => np.pad(x.mul(0).add(np.broadcastTo(s(1), [2])), [[1, 1]])),
  np.array([3, 4]),
);
await show(
  "pad full",
  jit(() => np.pad(np.array([5, 5]), [[1, 1]])),
);
await show(
  "pad [1] full",
  jit(() => np.pad(np.array([5]), [[1, 1]])),
);
await show(
  "pad zeros",
  jit(() => np.pad(np.ones([2]), [[1, 1]])),
);
await show(
  "where",
  jit((x) => np.pad(np.where(x.greater(0), 1, 2), [[1, 1]])),
  np.array([3, -4]),
);
await show(
  "conv pads?",
  jit((x) => np.concatenate([np.array([7, 7]), x], 0)),
  np.array([3, -4]),
);
await show(
  "full same",
  jit((x) => np.concatenate([np.full([2], 7), x], 0)),
  np.array([3, -4]),
);
process.exit();
