/** Fields evaluated by jax-js itself, in float64. */
import { numpy as np } from "@jax-js/jax";
import "../../src/compiler/trace/float16-array.ts";
import { onDevice } from "../../src/compiler/device.ts";
import type { Field } from "../../src/equations/field.ts";
import { Place } from "../../src/equations/place.ts";
import { makeRandom } from "../../src/vector/random.ts";

const float64 = (data: ArrayLike<number>, shape: readonly number[]) =>
  np.array(Float64Array.from(data), { shape: [...shape], dtype: np.float64 });

/** Values at points; unknowns are as they start with seed 1. */
export function valuesAt(field: Field, columns: Readonly<Record<string, readonly number[]>>): number[] {
  // Only there float64 is accurate to the last digit.
  return onDevice("cpu", () => {
    const place = new Place(
      new Map(Object.entries(columns).map(([name, column]) => [name, float64(column, [column.length])])),
      new Map(
        [...field.source.unknowns].map((unknown) => [
          unknown,
          unknown.init(makeRandom(1)).map(({ shape, data }) => float64(data, shape)),
        ]),
      ),
    );
    const values = [...(place.valueOf(field.source).dataSync() as Float64Array)];
    place.dispose();
    return values;
  });
}
