import { init, jit, numpy as np } from "@jax-js/jax";

for (const device of ["cpu", "wasm"]) {
  await init(device);
  const { defaultDevice } = await import("@jax-js/jax");
  defaultDevice(device);
  const show = async (k, f, ...a) => console.log(device, k, (await f(...a).jsAsync?.()) ?? "");
  const N = 2;
  await show("eager", () => np.concatenate([np.zeros([N, 1]), np.ones([N, 1])], 1));
  await show(
    "jit broadcast",
    jit(() => np.concatenate([np.zeros([N, 1]), np.ones([N, 1])], 1)),
  );
  await show(
    "jit broadcastTo scalars",
    jit(() => np.concatenate([np.broadcastTo(np.array(0), [N, 1]), np.broadcastTo(np.array(1), [N, 1])], 1)),
  );
  await show(
    "jit x",
    jit((x) => np.concatenate([np.broadcastTo(x.ref.mul(0), [N, 1]), np.broadcastTo(x, [N, 1])], 1)),
    np.array(3),
  );
  await show(
    "jit x + 2",
    jit((x) => np.concatenate([np.broadcastTo(np.array(5), [N, 1]), np.broadcastTo(x, [N, 1])], 1)),
    np.array(3),
  );
  await show(
    "jit 3 args",
    jit(() =>
      np.concatenate(
        [np.broadcastTo(np.array(1), [N, 1]), np.broadcastTo(np.array(2), [N, 1]), np.broadcastTo(np.array(3), [N, 1])],
        1,
      ),
    ),
  );
  await show(
    "jit full arrays",
    jit(() => np.concatenate([np.array([[1], [2]]), np.array([[3], [4]])], 1)),
  );
  await show(
    "jit exp",
    jit((x) => np.concatenate([np.exp(x.ref), np.sin(x)], 1)),
    np.array([[1.0], [2.0]]),
  );
}
process.exit();
