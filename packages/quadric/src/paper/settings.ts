/** Settings of a wrapper, listed with those of the method inside. */
import type { Optimizer } from "../optimizer/optimizer.ts";

/** The same method with one more entry in its settings. */
export function withSetting(name: string, value: unknown, method: Optimizer): Optimizer {
  return {
    ...method,
    settings: { ...method.settings, [name]: value },
    choose(objective, batches) {
      const choice = method.choose(objective, batches);
      return { ...choice, settings: { ...choice.settings, [name]: value } };
    },
  };
}
