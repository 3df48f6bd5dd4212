/** A small differential equation: −u″ = π² sin πx at 64 points, u = x(1 − x)·N(x), N of 16 units. */
import { jvp, type numpy } from "@jax-js/jax";

type Numpy = typeof numpy;
type Arrays = numpy.Array[];

const points = Float64Array.from({ length: 64 }, (_, i) => (i + 0.5) / 64);
const target = points.map((x) => Math.PI ** 2 * Math.sin(Math.PI * x));
const column = (np: Numpy, data: Float64Array) => np.array(data, { shape: [64, 1], dtype: np.float64 });

export function reactionResiduals(np: Numpy): (w: Arrays) => numpy.Array {
  const u =
    ([W, b, v]: Arrays) =>
    (x: numpy.Array) =>
      np
        .matmul(np.tanh(np.matmul(x.ref, W.ref).add(b.ref)), v.ref)
        .mul(x.ref)
        .mul(np.subtract(1, x));
  return (w) => {
    const one = column(np, new Float64Array(64).fill(1));
    const slope = (x: numpy.Array) => jvp(u(w), [x], [one.ref])[1];
    const [, second] = jvp(slope, [column(np, points)], [one.ref]);
    return second
      .add(column(np, target))
      .mul(1 / 8)
      .reshape([-1]);
  };
}

export function reactionStart(np: Numpy): Arrays {
  const wave = (shape: number[], scale: number) =>
    np.array(
      Float64Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => scale * Math.sin(7 * i + 1)),
      { shape, dtype: np.float64 },
    );
  return [wave([1, 16], 3), wave([16], 2), wave([16, 1], 1)];
}
