/** What is drawn of a task once, its scene, and again and again of each network, its picture. */

export type Scene =
  /** Examples of two classes in a square of half-width `reach`. */
  | { readonly kind: "plane"; readonly points: Float32Array; readonly labels: Int32Array; readonly reach: number }
  /** A function of one variable: samples, if any, and the truth at `x`. */
  | {
      readonly kind: "curve";
      readonly x: Float32Array;
      readonly truth: Float32Array;
      readonly samples: readonly (readonly [number, number])[];
    }
  /** A function on the unit square: its true values, `side`² from the top, and what its axes are. */
  | {
      readonly kind: "field";
      readonly side: number;
      readonly truth: Float32Array;
      readonly axes: readonly [string, string];
    }
  /** Greyscale images row by row, `side`² bytes each, with their classes. */
  | { readonly kind: "images"; readonly side: number; readonly pixels: Uint8Array; readonly labels: Int32Array }
  /** Numbers to be predicted, in their own units. */
  | { readonly kind: "numbers"; readonly truth: Float32Array; readonly name: string }
  /** Classes to be predicted, 0 … count − 1. */
  | { readonly kind: "classes"; readonly truth: Int32Array; readonly names: readonly string[]; readonly name: string };

export interface Picture {
  /**
   * plane: chances of class 1 on a grid, `planeColumns` a row, from the top; curve: the network at `x`; field: on the
   * grid; images,
   * classes: the predicted classes; numbers: the predicted numbers.
   */
  readonly values: Float32Array;
  /** Accuracy in [0, 1], or the error against the truth: of a field relative, else the root mean square. */
  readonly measure: number;
}

export const planeColumns = 48;
