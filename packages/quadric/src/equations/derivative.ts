/** Derivatives of fields with respect to coordinates; each is a field again. */
import { coordinateName, Field } from "./field.ts";
import { byMoving, type Source } from "./place.ts";

/** So that equal derivatives are one. */
const known = new WeakMap<Source, Map<string, Source>>();

function remembered(of: Source, key: string, make: () => Source): Source {
  const derivatives = known.get(of) ?? new Map<string, Source>();
  known.set(of, derivatives);
  const found = derivatives.get(key) ?? make();
  derivatives.set(key, found);
  return found;
}

/** ∂u/∂x, or the sum of second derivatives, read from the jet of u; its own derivatives are found by moving points. */
function fromJet(u: Source, axes: readonly string[], order: 1 | 2): Source {
  return remembered(u, `${order} ${axes.join()}`, () =>
    byMoving([u], (place) => {
      const jet = place.jet(u, axes);
      const read = order === 1 ? jet.slopes[0] : jet.laplacian;
      return read ? read() : place.zeros();
    }),
  );
}

/**
 * ∂u/∂x, and with more coordinates higher derivatives: `derivative(u, x, x, t)` is u_xxt.
 *
 * Cost: pure derivatives up to the second come from one forward sweep with the value; each further one doubles the work.
 *
 * @throws {TypeError} if what u is differentiated by is no coordinate.
 * @example
 * const heat = derivative(u, t).sub(derivative(u, x, x).mul(0.25));
 */
export function derivative(u: Field, ...by: readonly [Field, ...Field[]]): Field {
  const names = by.map((x) => coordinateName("derivative", x));
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  let { source } = u;
  // Second derivatives first: those of u itself cost least.
  for (const [name, count] of counts) for (let i = 2; i <= count; i += 2) source = fromJet(source, [name], 2);
  for (const [name, count] of counts) if (count % 2 === 1) source = fromJet(source, [name], 1);
  return new Field(source);
}

/**
 * (∂u/∂xᵢ), a field for each coordinate.
 *
 * @example
 * const [ux, uy] = gradient(u, [x, y]);
 */
export function gradient(u: Field, by: readonly Field[]): Field[] {
  return by.map((x) => derivative(u, x));
}

/**
 * Δu = Σᵢ ∂²u/∂xᵢ², in one forward sweep that carries value, gradient and Laplacian: D + 2 products with every weight
 * matrix for D coordinates, where second derivatives one by one take 2D + 1.
 *
 * @example
 * const poisson = laplacian(u, [x, y]).add(f);
 */
export function laplacian(u: Field, by: readonly Field[]): Field {
  const axes = by.map((x) => coordinateName("laplacian", x));
  if (new Set(axes).size < Math.max(1, axes.length)) {
    throw new RangeError(`laplacian: need one or more coordinates, each once, got ${axes.join(", ") || "none"}.`);
  }
  return new Field(fromJet(u.source, axes, 2));
}
