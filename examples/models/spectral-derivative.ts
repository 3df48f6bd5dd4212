/**
 * Derivatives of periodic functions by their Fourier series, for physics-informed losses on a regular grid:
 *
 *   u_j = u(2πj/n)   ↦   u⁽ᵐ⁾ = F⁻¹((ik)ᵐ·F u)
 *
 * Exact for trigonometric polynomials of degree below n/2.
 */
import { numpy as np } from "@jax-js/jax";

/** The derivative of order m ≥ 1 at the places of u [n]. */
export function spectralDerivative(u: np.Array, order: number): np.Array {
  const [n] = u.shape;
  const wave = Float64Array.from({ length: n }, (_, k) => (k < n / 2 ? k : k - n));
  // An odd derivative of the highest wave of an even number of places is 0 there.
  if (order % 2 === 1 && n % 2 === 0) wave[n / 2] = 0;
  const sign = order % 4 < 2 ? 1 : -1;
  const factor = np.array(
    wave.map((k) => sign * k ** order),
    { dtype: u.dtype },
  );
  const { real, imag } = np.fft.fft({ real: u.ref, imag: np.zerosLike(u) });
  const even = order % 2 === 0;
  const derivative = even
    ? { real: real.mul(factor.ref), imag: imag.mul(factor) }
    : { real: imag.mul(factor.ref).mul(-1), imag: real.mul(factor) };
  return np.fft.ifft(derivative).real;
}
