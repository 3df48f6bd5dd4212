/** Values of fields at points, as a program of unknowns and columns. */
import { numpy as np } from "@jax-js/jax";
import type { Backend } from "../compiler/backends/backend.ts";
import { compileObjective } from "../compiler/objective.ts";
import type { Tensor } from "../vector/tensor.ts";
import type { Dtype, Vector } from "../vector/vector.ts";
import type { Field } from "./field.ts";
import type { Unknown } from "./place.ts";
import { placeOf } from "./system.ts";

export interface Engine {
  readonly backend?: Backend;
  readonly dtype?: Dtype;
}

export interface Evaluator {
  /** A column for each field, row after row: [n · fields]. */
  at(w: Vector, columns: readonly Tensor[]): Promise<Float64Array>;
  dispose(): void;
}

/**
 * @param coordinates - what the columns hold.
 * @param unknowns - with arrays of their shapes.
 */
export async function evaluatorOf(
  fields: readonly Field[],
  coordinates: readonly string[],
  unknowns: readonly (readonly [Unknown, readonly Tensor[]])[],
  engine: Engine,
): Promise<Evaluator> {
  const objective = await compileObjective(
    {
      params: unknowns.map(([, arrays]) => arrays),
      model(arrays: np.Array[][], columns: np.Array[]) {
        const place = placeOf(
          unknowns.map(([unknown]) => unknown),
          arrays,
          { coordinates },
          columns,
        );
        const values = np.stack(
          fields.map(({ source }) => place.valueOf(source)),
          1,
        );
        place.dispose();
        for (const array of [...arrays.flat(), ...columns]) array.dispose();
        return values;
      },
      loss: (values: np.Array) => np.square(values).sum(1),
    },
    engine,
  );
  return {
    at: async (w, columns) => Float64Array.from((await objective.predict!(w, columns)).data),
    dispose: () => objective.dispose(),
  };
}
