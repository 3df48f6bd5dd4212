/** Curvature as an operator: never a matrix, always a product. All curvature here is symmetric. */
import type { Dtype, Vector } from "../vector/vector.ts";

export interface LinearOperator {
  /** d. */
  readonly size: number;
  /** Precision in which it takes and returns vectors; absent: float64. */
  readonly dtype?: Dtype;
  /**
   * v ↦ Bv, [d] → [d]. The result belongs to the caller and v is only read. It may be written into `out`, which saves
   * the memory of a new vector; read it from the answer.
   */
  multiply(v: Vector, out?: Vector): Vector | Promise<Vector>;
}
