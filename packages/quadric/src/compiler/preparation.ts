/** Programs compiled before they are needed. */
import type { Uses } from "../objective/objective.ts";
import type { Executable } from "./backends/backend.ts";
import type { Programs } from "./programs.ts";

/** Compiles the programs of these uses, and runs those once whose backend compiles at the first call. */
export async function prepare(programs: Programs, uses: Uses): Promise<void> {
  const { value, gradient, curvature, products, solve, jacobian } = uses;
  const ready: Executable[] = [];
  if (value) ready.push(await programs.evaluation());
  if (gradient) ready.push(await programs.gradient());
  if (curvature) {
    const program = await programs.curvature(curvature);
    ready.push(program.linearize);
    const solves = solve && program.solve;
    if (solves) ready.push((await solves(solve.stoppingRule, solve.memory)).executable);
    if (products ?? !solves) ready.push(await program.product());
  }
  if (jacobian) {
    const { evaluate, columns, change } = (await programs.jacobian()) ?? {};
    for (const program of [evaluate, columns, jacobian.changes && (await change?.())]) if (program) ready.push(program);
  }
  for (const executable of ready) await executable.warmUp?.();
}
