/**
 * Value, gradient and Laplacian of a function in one forward sweep:
 *
 *   z = Wy + b      ∂ᵢz = W ∂ᵢy                    Δz = W Δy
 *   z = φ(y)        ∂ᵢz = φ′(y) ∂ᵢy                Δz = φ″(y) Σᵢ (∂ᵢy)² + φ′(y) Δy
 *   z = yv          ∂ᵢz = v ∂ᵢy + y ∂ᵢv            Δz = v Δy + y Δv + 2 Σᵢ ∂ᵢy ∂ᵢv
 *
 * Each quantity is computed when it is first read and once only, so whoever needs the value alone pays for that alone.
 * References: [Li2024], [Dangel2025].
 */
import { jvp, numpy as np } from "@jax-js/jax";

/** Reads an array that others read too: a new reference each time. */
export type Read = () => np.Array;
/** Undefined is zero. */
type Part = Read | undefined;

export interface Jet {
  readonly value: Read;
  /** ∂ᵢ along the axes asked for. */
  readonly slopes: readonly Part[];
  /** The sum of the second derivatives along them. */
  readonly laplacian: Part;
}

/** Arrays that live until all of them are disposed. */
export class Scope {
  private readonly made: np.Array[] = [];

  once(compute: () => np.Array): Read {
    let value: np.Array | undefined;
    return () => {
      if (value === undefined) {
        value = compute();
        this.made.push(value);
      }
      return value.ref;
    };
  }

  /** Takes an array of the caller. */
  keep(value: np.Array): void {
    this.made.push(value);
  }

  dispose(): void {
    for (const value of this.made) value.dispose();
    this.made.length = 0;
  }
}

function sum(scope: Scope, parts: readonly Part[]): Part {
  const present = parts.filter((part) => part !== undefined);
  if (present.length < 2) return present[0];
  return scope.once(() => present.map((part) => part()).reduce((a, b) => a.add(b)));
}

const product = (scope: Scope, x: Part, y: Part): Part => x && y && scope.once(() => x().mul(y()));

/** Σᵢ ∂ᵢy ∂ᵢv. */
const inner = (scope: Scope, y: Jet, v: Jet): Part =>
  sum(
    scope,
    y.slopes.map((slope, i) => product(scope, slope, v.slopes[i])),
  );

/** f of every part, for a linear f; or an affine one, whose constant only the value has. */
export function linear(
  scope: Scope,
  y: Jet,
  f: (part: np.Array) => np.Array,
  ofValue: (value: np.Array) => np.Array = f,
): Jet {
  const mapped = (part: Part): Part => part && scope.once(() => f(part()));
  return {
    value: scope.once(() => ofValue(y.value())),
    slopes: y.slopes.map(mapped),
    laplacian: mapped(y.laplacian),
  };
}

export function plus(scope: Scope, y: Jet, v: Jet): Jet {
  return {
    value: scope.once(() => y.value().add(v.value())),
    slopes: y.slopes.map((slope, i) => sum(scope, [slope, v.slopes[i]])),
    laplacian: sum(scope, [y.laplacian, v.laplacian]),
  };
}

export function times(scope: Scope, y: Jet, v: Jet): Jet {
  const across = inner(scope, y, v);
  return {
    value: scope.once(() => y.value().mul(v.value())),
    slopes: y.slopes.map((slope, i) =>
      sum(scope, [product(scope, slope, v.value), product(scope, y.value, v.slopes[i])]),
    ),
    laplacian: sum(scope, [
      product(scope, y.laplacian, v.value),
      product(scope, y.value, v.laplacian),
      across && scope.once(() => across().mul(2)),
    ]),
  };
}

/** A function of a number with its derivatives. */
export interface Scalar {
  value(y: Read): np.Array;
  /** φ′ from y and φ(y). */
  first(y: Read, z: Read): np.Array;
  /** φ″ from y, φ(y) and φ′(y). */
  second(y: Read, z: Read, slope: Read): np.Array;
}

export function composed(scope: Scope, y: Jet, phi: Scalar): Jet {
  const value = scope.once(() => phi.value(y.value));
  const first = scope.once(() => phi.first(y.value, value));
  const second = scope.once(() => phi.second(y.value, value, first));
  return {
    value,
    slopes: y.slopes.map((slope) => product(scope, first, slope)),
    laplacian: sum(scope, [product(scope, second, inner(scope, y, y)), product(scope, first, y.laplacian)]),
  };
}

/** Df(y)·1, by forward mode; consumes y. */
export function slopeOf(f: (y: np.Array) => np.Array, y: np.Array): np.Array {
  const [value, tangent] = jvp(f, [y.ref], [np.onesLike(y)]) as [np.Array, np.Array];
  value.dispose();
  return tangent;
}

/** The jet of a function of one column by forward mode over forward mode, along each axis by itself. */
export function moved(
  scope: Scope,
  value: Read,
  axes: readonly { readonly column: Read; readonly f: (column: np.Array) => np.Array }[],
): Jet {
  const slopes = axes.map(({ column, f }) => scope.once(() => slopeOf(f, column())));
  const seconds = axes.map(({ column, f }) => scope.once(() => slopeOf((x) => slopeOf(f, x), column())));
  return { value, slopes, laplacian: sum(scope, seconds) };
}
