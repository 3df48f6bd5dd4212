/** The landscapes by name: what the map of each shows, where it starts, and how its function is written. */

/** A rectangle of the plane. */
export interface View {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

export interface MapInfo {
  readonly label: string;
  readonly view: View;
  readonly start: readonly [number, number];
  /** Steps after which paths end; fewer if a step is expensive. */
  readonly steps: number;
  /** Whether it has a condition number and an angle. */
  readonly isTurned?: boolean;
  /** Its least value, if that is known. */
  readonly floor?: number;
  /** What is worth seeing here, in a sentence. */
  readonly note: string;
}

export const maps = {
  valley: {
    label: "Valley with a flat rim",
    view: { left: -2.4, right: 2.4, bottom: -1.2, top: 1.2 },
    start: [-1.8, 0.5],
    steps: 60,
    isTurned: true,
    floor: 0,
    note: "q/(1 + q), q = x² + κy²: a loss by which outliers lose their weight. Outside the valley it curves downwards.",
  },
  quadratic: {
    label: "Quadratic",
    view: { left: -2.1, right: 2.1, bottom: -1.4, top: 1.4 },
    start: [-1.8, 0.5],
    steps: 60,
    isTurned: true,
    floor: 0,
    note: "½(x² + κy²): here the model is the function itself, so the shape of the region matters little.",
  },
  rosenbrock: {
    label: "Rosenbrock",
    view: { left: -2.1, right: 2.1, bottom: -0.8, top: 2 },
    start: [-1.2, 1],
    steps: 60,
    floor: 0,
    note: "A curved valley whose floor falls slowly to (1, 1): the model is good only near the point, and the radius says how near.",
  },
  beale: {
    label: "Beale",
    view: { left: -2.5, right: 5, bottom: -2.5, top: 2.5 },
    start: [-1.5, -1.5],
    steps: 60,
    floor: 0,
    note: "A flat plateau with steep walls; its minimum lies at (3, ½).",
  },
  saddle: {
    label: "Saddle",
    view: { left: -2.25, right: 2.25, bottom: -1.5, top: 1.5 },
    start: [-1.6, 0],
    steps: 60,
    floor: -0.5,
    note: "From y = 0 every gradient points into the saddle, where gradient descent stops. Negative curvature leads a trust region out.",
  },
  network: {
    label: "Network slice",
    view: { left: -4.5, right: 4.5, bottom: -3, top: 3 },
    start: [-3, 2],
    steps: 30,
    note: "The loss of a real 2-8-2 network on the spirals, as a function of two of its weights.",
  },
} as const satisfies Record<string, MapInfo>;

export type MapName = keyof typeof maps;
export const mapNames = Object.keys(maps) as readonly MapName[];
