/** Operators from matrices, matrices from operators, and an operator in another norm. */
import { assemble, denseOperator } from "./dense.ts";
import { whitened } from "./whitened.ts";

/** `dense` makes an operator of a matrix, `assemble` its matrix; `whitened` is A^−½BA^−½, B as the norm A sees it. */
export const operators: {
  readonly dense: typeof denseOperator;
  readonly assemble: typeof assemble;
  readonly whitened: typeof whitened;
} = { dense: denseOperator, assemble, whitened };
