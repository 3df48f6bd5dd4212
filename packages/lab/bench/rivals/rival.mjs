/**
 * A rival as a method of the benchmarks: its rule keeps the points and is given one gradient a step. Only what run.mjs asks
 * of a run is there; a rival is not restored.
 *
 * A rule has `at`, where the gradient is taken, `found`, what is evaluated, and `update(gradient, loss, batch)`.
 */
export function rival(name, makeRule) {
  return {
    name,
    start(objective, start) {
      const rule = makeRule(objective, start);
      const memory = start.slice();
      return {
        get parameters() {
          return rule.found;
        },
        async step(batches) {
          const batch = batches.batch(batches.draw());
          const { value: loss, gradient } = await objective.gradient(rule.at, batch, memory);
          if (!Number.isFinite(loss)) return { loss, accepted: false, status: "nonfinite" };
          await rule.update(gradient, loss, batch, batches);
          return { loss, accepted: true };
        },
        dispose() {},
      };
    },
  };
}
