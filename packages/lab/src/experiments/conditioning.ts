/**
 * Condition number against the advantage of an ellipsoid, on quadratics.
 *
 *   f(w) = ½wᵀHw,    H = Q diag(λ) Qᵀ,    λ_i = κ^{i/(d−1)},    i = 0 … d−1
 *   cost           backprops until f ≤ target·f(w₀)
 *   advantage      median cost in the Euclidean norm over that in the norm
 *
 * Q turns each pair of axes i and d−1−i, one flat and one steep, by an angle. Starts are normal, turned by Q as well:
 * to methods that do not know the coordinates every angle is the same problem. A quadratic is its own model and ρ = 1
 * always, so the radius is made too large to matter, and what is compared is the norm alone: as the preconditioner of
 * Steihaug's CG.
 * Symbols: κ condition number, d variables, Q rotation, λ eigenvalues.
 */
import { type Closures, minimize, type Norm, norms, subproblems, type TrustRegionOptions, trustRegion } from "quadric";
import { makeDraws, median } from "quadric-cli/internal";
import { type Band, linesPicture, type Picture, standalone, strokeOf } from "quadric-cli/pictures";
import type { ConditioningExperiment } from "../experiment.ts";
import type { Outcome } from "../outcome.ts";

const ellipsoids: Readonly<Record<string, () => Norm>> = {
  "TR sphere": () => norms.euclidean(),
  "TR Adagrad": () => norms.adagrad(),
  "TR RMSProp": () => norms.rmsprop(),
  "TR full-matrix Adagrad": () => norms.fullMatrix({ accumulate: "adagrad" }),
};
const baseline = "TR sphere";
/** The whole Newton step every time, by CG to a tenth: a radius longer than any step. */
const settingsFor = (size: number): TrustRegionOptions => ({
  subproblem: {
    solver: subproblems.steihaug(),
    tolerance: 0.1,
    stoppingRule: "decrease",
    maxProducts: 2 * size,
  },
  radius: { initial: 1e12, max: 1e12, grow: 2, shrink: 2 },
  acceptance: { eta1: 0.01, eta2: 0.75 },
  preconditioner: { memory: 0 },
});

interface Cell {
  readonly type: "conditioning";
  readonly method: string;
  readonly condition: number;
  readonly angle: number;
  /** Backprops by seed; infinite if the budget did not suffice. */
  readonly values: readonly number[];
  readonly median: number;
  readonly advantage: number;
}

export async function runConditioning(experiment: ConditioningExperiment): Promise<Outcome> {
  const { title, conditions, angles, target, size } = experiment;
  const numbers: Cell[] = [];
  const files: Record<string, string> = {};
  for (const angle of angles) {
    for (const condition of conditions) {
      let sphere = Number.NaN;
      for (const method of Object.keys(ellipsoids)) {
        const values = await costs(method, { condition, angle }, experiment);
        const middle = median(values);
        if (method === baseline) sphere = middle;
        numbers.push({
          type: "conditioning",
          method,
          condition,
          angle,
          values,
          median: middle,
          advantage: sphere / middle,
        });
      }
    }
    const drawn = picture(
      numbers.filter((cell) => cell.angle === angle),
      `Backprops to ${target} of the first suboptimality, ${size} variables, axes turned by ${angle}°`,
    );
    if (drawn) files[`backprops-angle-${angle}.svg`] = standalone(drawn);
  }
  const rows = angles.flatMap((angle) =>
    Object.keys(ellipsoids).map((method) => {
      const cells = numbers.filter((cell) => cell.method === method && cell.angle === angle);
      const texts = cells.map((cell) => `${cell.median} (${cell.advantage.toFixed(1)}×)`.padStart(14)).join("");
      return `${`${angle}°`.padEnd(5)}${method.padEnd(24)}${texts}\n`;
    }),
  );
  const head = `${"κ".padEnd(29)}${conditions.map((condition) => String(condition).padStart(14)).join("")}\n`;
  return {
    numbers,
    text: `${title}: median backprops (advantage over the Euclidean norm)\n${head}${rows.join("")}`,
    files,
  };
}

/** Backprops to the target, by seed. */
async function costs(
  method: string,
  { condition, angle }: { readonly condition: number; readonly angle: number },
  { size, seeds, target, budget }: ConditioningExperiment,
): Promise<number[]> {
  const f = quadratic(size, condition, angle);
  const values: number[] = [];
  for (const seed of seeds) {
    const start = turned(normals(seed, size), angle);
    const goal = target * f.value(start);
    let cost = Infinity;
    await minimize(f, start, {
      method: trustRegion({ ...settingsFor(size), norm: ellipsoids[method]() }),
      maxIterations: budget.backprops,
      budget,
      callback({ counts }, w) {
        if (f.value(w) > goal) return undefined;
        cost = counts.backprops;
        return "stop";
      },
    });
    values.push(cost);
  }
  return values;
}

type Quadratic = Closures & { value(w: ArrayLike<number>): number };

function quadratic(size: number, condition: number, angle: number): Quadratic {
  const eigenvalues = Array.from({ length: size }, (_, i) => condition ** (i / (size - 1)));
  const multiply = (v: ArrayLike<number>): Float64Array => {
    const along = turned(v, -angle);
    return turned(
      along.map((x, i) => eigenvalues[i] * x),
      angle,
    );
  };
  return {
    value: (w) => turned(w, -angle).reduce((sum, x, i) => sum + (eigenvalues[i] * x * x) / 2, 0),
    gradient: multiply,
    hvp: (_, v) => multiply(v),
  };
}

/** Qv. */
function turned(v: ArrayLike<number>, angle: number): Float64Array {
  const [c, s] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const image = Float64Array.from(v);
  for (let i = 0, j = v.length - 1; i < j; i++, j--) {
    image[i] = c * v[i] - s * v[j];
    image[j] = s * v[i] + c * v[j];
  }
  return image;
}

/** By the Box–Muller transform. */
function normals(seed: number, size: number): Float64Array {
  const draw = makeDraws(seed);
  const uniform = () => (draw(2 ** 30) + 0.5) / 2 ** 30;
  return Float64Array.from(
    { length: size },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

function picture(cells: readonly Cell[], title: string): Picture | undefined {
  const curveOf = (method: string): Band => {
    const own = cells.filter((cell) => cell.method === method);
    const finite = (x: number) => (Number.isFinite(x) ? x : Number.NaN);
    return {
      x: own.map(({ condition }) => Math.log10(condition)),
      y: own.map(({ median }) => finite(median)),
      low: own.map(({ values }) => finite(Math.min(...values))),
      high: own.map(({ values }) => finite(Math.max(...values))),
    };
  };
  return linesPicture({
    name: "conditioning",
    title,
    x: "log₁₀ of the condition number",
    y: "backprops: median, least and largest",
    scale: "log",
    wholeBands: true,
    series: Object.keys(ellipsoids).map((label, i) => ({ label, ...strokeOf(i), curve: curveOf(label) })),
  });
}
