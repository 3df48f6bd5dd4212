/** The element types of a traced function, by the rules of jax-js. */
import { UnsupportedPrimitiveError } from "../../errors.ts";
import type { Builder } from "../ir/builder.ts";
import { type ElementType, widerType } from "../ir/graph.ts";

/** What jax-js says of a value. */
export interface Typed {
  readonly dtype: string;
  /** Of a number without a type, which takes that of its operand. */
  readonly weakType: boolean;
}

export interface Types {
  /** The type in which a value is computed; `what` names it in the error. */
  of(value: Pick<Typed, "dtype">, what: string): ElementType;
  /** The type in which two values meet. */
  promote(x: Typed, y: Typed): ElementType;
}

/** What a jaxpr is imported into. */
export interface Target {
  readonly b: Builder;
  readonly types: Types;
}

const known: Record<string, ElementType> = {
  bool: "bool",
  // What a bool and a number make. Random bits, which need the last one, are no part of a loss.
  uint32: "int32",
  int32: "int32",
  float32: "float32",
  float64: "float64",
};

/** @param isDouble - whether all that is float32 is computed in float64. */
export function makeTypes(isDouble: boolean): Types {
  function of({ dtype }: Pick<Typed, "dtype">, what: string): ElementType {
    const type = known[dtype];
    if (type === undefined) {
      throw new UnsupportedPrimitiveError(
        `compileObjective: ${what} has element type ${dtype}; the compiler knows float32, float64, int32 and bool. Cast it ` +
          "inside the loss, or compute it outside.",
        dtype,
      );
    }
    return isDouble && type === "float32" ? "float64" : type;
  }

  return {
    of,
    promote(x, y) {
      const [p, q] = [x, y].map((value) => of(value, "an operand"));
      if (x.weakType !== y.weakType) {
        // A bool becomes a number next to one.
        const strong = x.weakType ? q : p;
        return strong === "bool" ? "int32" : strong;
      }
      return widerType(p, q);
    },
  };
}
