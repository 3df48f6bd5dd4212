/** The run of auto() that the page shows as a program, to be copied. */
import { type EquationInfo, type EquationSpec, equations } from "../equations.ts";

export function equationCode({ equation, difficulty, units, points }: EquationSpec, seed: number): string {
  const info: EquationInfo = equations[equation];
  const [a, b] = info.coordinates;
  const edges =
    b === "t"
      ? [`points.grid({ x: [0, 1], t: 0 }, 20)`, `points.boundary(domain, 30, { of: ["x"] })`]
      : ["points.boundary(domain, 60)"];
  return [
    'import { coordinates, equation, network, points, solve } from "quadric/equations";',
    "",
    `const [${a}, ${b}] = coordinates("${a}", "${b}");`,
    `const u = network([${a}, ${b}], [${units}, ${units}]);`,
    `const domain = { ${a}: [0, 1], ${b}: [0, 1] } as const;`,
    `const exact = equation("${info.exact(difficulty)}", { ${a}, ${b} });`,
    "",
    "const solution = await solve(",
    "  [",
    `    { residual: equation("${info.text(difficulty)}", { u, ${a}, ${b} }), on: points.sobol(domain, ${points}) },`,
    ...edges.map((edge) => `    { residual: u.sub(exact), on: ${edge}, weight: 10 },`),
    "  ],",
    `  { seed: ${seed}, maxIterations: 100, compare: { field: u, exact, on: points.grid(domain, 41) } },`,
    ");",
    "console.log(solution.choice.method, solution.error);",
    "",
  ].join("\n");
}
