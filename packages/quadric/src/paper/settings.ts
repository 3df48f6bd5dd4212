/** Settings of a wrapper, listed with those of the method inside. */
import type { Optimizer } from "../optimizer/optimizer.ts";

/** The same method with one more entry in its settings. */
export function withSetting(name: string, value: unknown, method: Optimizer): Optimizer {
  const { choose } = method;
  return {
    ...method,
    settings: { ...method.settings, [name]: value },
    ...(choose && {
      choose(problem) {
        const choice = choose(problem);
        return { ...choice, settings: { ...choice.settings, [name]: value } };
      },
    }),
  };
}
