import { type Device, defaultDevice } from "@jax-js/jax";

/** Runs `body` with jax-js making its arrays on the given device. */
export function onDevice<T>(device: Device, body: () => T): T {
  const before = defaultDevice();
  defaultDevice(device);
  try {
    return body();
  } finally {
    defaultDevice(before);
  }
}
