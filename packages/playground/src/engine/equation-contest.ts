/** Methods that solve the same differential equation with the same network, each by `solve` of the library. */
import type { Vector } from "quadric";
import { coordinates, equation, network, points, solve } from "quadric/equations";
import { type EquationInfo, type EquationSpec, equations } from "../equations.ts";
import type { Contest } from "./contest.ts";
import { forward } from "./forward.ts";
import { makeMethod } from "./optimizers.ts";

/** Points a side of what is drawn, and of what the error is taken on after every step. */
export const [drawn, compared] = [41, 15];
/** Points on the edges, and what they weigh beside the inside. */
const [edgePoints, edgeWeight] = [60, 10];

/** @param budget - seconds that each method may spend in steps. */
export function equationContest(spec: EquationSpec, seed: number, budget: number): Contest {
  const info: EquationInfo = equations[spec.equation];
  const { coordinates: names } = info;
  const hidden = [spec.units, spec.units];
  const domain = { [names[0]]: [0, 1], [names[1]]: [0, 1] } as const;
  const solution = info.solution(spec.difficulty);
  const pictured = makeGrid(drawn, solution);
  const checked = makeGrid(compared, solution);

  /** Made for each run, whose unknowns they hold. */
  const problem = () => {
    const [a, b] = coordinates(...names);
    const axes = { [names[0]]: a, [names[1]]: b };
    const u = network([a, b], hidden);
    const exact = equation(info.exact(spec.difficulty), axes);
    const edges =
      names[1] === "t"
        ? [points.grid({ x: [0, 1], t: 0 }, edgePoints / 3), points.boundary(domain, edgePoints / 2, { of: ["x"] })]
        : [points.boundary(domain, edgePoints)];
    return [
      { residual: equation(info.text(spec.difficulty), { u, ...axes }), on: points.sobol(domain, spec.points) },
      ...edges.map((on) => ({ residual: u.sub(exact), on, weight: edgeWeight })),
    ];
  };

  return {
    scene: { kind: "field", side: drawn, truth: Float32Array.from(pictured.truth), axes: names },
    spentOf: ({ seconds }) => seconds,
    measure: (parameters) => relativeError(forward(hidden, parameters, checked.columns), checked.truth),
    async enter(method, rate) {
      const { optimizer, norm } = makeMethod(method, { learningRate: rate });
      return {
        norm,
        async run({ afterStep, signal }) {
          const { choice, status, x } = await solve(problem(), {
            method: optimizer,
            seed,
            maxIterations: 1_000_000,
            budget: { seconds: budget },
            signal,
            callback: afterStep,
          });
          return { status, choice, parameters: x };
        },
      };
    },
    async picture(parameters: Vector) {
      const values = forward(hidden, parameters, pictured.columns);
      return { values: Float32Array.from(values), measure: relativeError(values, pictured.truth) };
    },
    dispose() {},
  };
}

/** Rows from the top, which is where the second coordinate is 1. */
function makeGrid(side: number, solution: (x: number, y: number) => number) {
  const at = (k: number) => k / (side - 1);
  const x = Float64Array.from({ length: side * side }, (_, k) => at(k % side));
  const y = Float64Array.from({ length: side * side }, (_, k) => 1 - at(Math.floor(k / side)));
  return { columns: [x, y], truth: x.map((value, k) => solution(value, y[k])) };
}

/** ‖u − u*‖₂/‖u*‖₂ */
function relativeError(u: Float64Array, truth: Float64Array): number {
  let [difference, whole] = [0, 0];
  for (let k = 0; k < u.length; k++) {
    difference += (u[k] - truth[k]) ** 2;
    whole += truth[k] ** 2;
  }
  return Math.sqrt(difference / whole);
}
