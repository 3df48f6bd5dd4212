/** The equations by name: each with a solution that is known, of which a run only sees the edges. */

export interface EquationInfo {
  readonly label: string;
  /** Names of the two coordinates, both in [0, 1]; t is time. */
  readonly coordinates: readonly ["x", "t" | "y"];
  /** What the slider k changes. */
  readonly difficulty: string;
  /** The equation and its solution as `equation` of quadric takes them. */
  text(k: number): string;
  exact(k: number): string;
  /** The solution once more, for its picture. */
  solution(k: number): (x: number, y: number) => number;
  readonly note: string;
}

const digits = (value: number): string => String(Number(value.toPrecision(8)));

export const equations = {
  heat: {
    label: "Heat in a rod",
    coordinates: ["x", "t"],
    difficulty: "Half waves k",
    text: (k) => `u_t = u_xx/${4 * k * k}`,
    exact: (k) => `exp(-pi^2*t/4)*sin(${k}*pi*x)`,
    solution: (k) => (x, t) => Math.exp(-(Math.PI ** 2) * (t / 4)) * Math.sin(k * Math.PI * x),
    note: "Warm and cold places even out, upwards in time. Known are the start and both ends of the rod.",
  },
  poisson: {
    label: "Poisson on a square",
    coordinates: ["x", "y"],
    difficulty: "Half waves k",
    text: (k) => `(u_xx + u_yy)/${1 + k * k} = -pi^2*sin(pi*x)*sin(${k}*pi*y)`,
    exact: (k) => `sin(pi*x)*sin(${k}*pi*y)`,
    solution: (k) => (x, y) => Math.sin(Math.PI * x) * Math.sin(k * Math.PI * y),
    note: "A membrane under a load, held at its frame.",
  },
  front: {
    label: "A front that spreads",
    coordinates: ["x", "t"],
    difficulty: "Steepness k",
    // Fisher's equation u_t = D u_xx + r u(1 − u) in its own units, and the front of Ablowitz and Zeppetella.
    text: (k) => `u_t = ${digits(0.03 / k)}*u_xx + ${6 * k}*u*(1 - u)`,
    exact: (k) => `1/(1 + exp(${digits(frontAt(k).slope)}*(x - 0.2) - ${digits(frontAt(k).speed)}*t))^2`,
    solution: (k) => (x, t) => (1 + Math.exp(frontAt(k).slope * (x - 0.2) - frontAt(k).speed * t)) ** -2,
    note: "A population grows into empty space, upwards in time: u(1 − u) makes the equation nonlinear.",
  },
} as const satisfies Record<string, EquationInfo>;

function frontAt(k: number): { slope: number; speed: number } {
  const [diffusion, growth] = [0.03 / k, 6 * k];
  return { slope: Math.sqrt(growth / diffusion / 6), speed: (5 * growth) / 6 };
}

export type EquationName = keyof typeof equations;
export const equationNames = Object.keys(equations) as readonly EquationName[];

/** What a run is given. */
export interface EquationSpec {
  readonly equation: EquationName;
  /** k, an integer ≥ 1. */
  readonly difficulty: number;
  /** Of each of the two hidden layers. */
  readonly units: number;
  /** Inside, where the equation is to hold. */
  readonly points: number;
}
