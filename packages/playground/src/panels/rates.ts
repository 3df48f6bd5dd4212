/**
 * Learning rates to start from on the small networks of this page. Nobody tuned them: that is what the slider is for.
 */
import type { MethodName } from "../methods.ts";

const usual = { sgd: 0.3, adagrad: 0.1, rmsprop: 0.01, adam: 0.03 } as const;

export function ratesTimes(factor: number): Readonly<Partial<Record<MethodName, number>>> {
  return Object.fromEntries(
    Object.entries(usual).map(([name, rate]) => [name, Number((factor * rate).toPrecision(3))]),
  );
}
