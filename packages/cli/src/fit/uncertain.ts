/** A value to the digits that its error leaves: 5.012 ± 0.043, (4.01 ± 0.22)·10⁷ as 4.01e7 ± 0.22e7. */

export interface Uncertain {
  readonly value: string;
  readonly error: string;
}

/** @param error - one standard deviation; if it is none that is finite and positive, the value has six digits. */
export function uncertain(value: number, error: number): Uncertain {
  if (!(error > 0 && error < Infinity)) return { value: String(Number(value.toPrecision(6))), error: "" };
  // Beyond what doubles hold, or nearly: an exact line, whose error is rounding.
  if (error < 1e-10 * Math.abs(value)) {
    return { value: String(Number(value.toPrecision(11))), error: error.toExponential(0) };
  }
  const size = Math.max(Math.abs(value), error);
  // Rounding may carry the error over a power of ten: 0.0996 is 0.10.
  const least = Math.floor(Math.log10(Number(error.toPrecision(2)))) - 1;
  const isPlain = size < 1e6 && size >= 1e-3 && least > -9;
  const exponent = isPlain ? 0 : Math.floor(Math.log10(size));
  const unit = 10 ** (least - exponent);
  const text = (x: number) => {
    const rounded = Math.round(x / 10 ** exponent / unit) * unit;
    return `${rounded.toFixed(Math.min(100, Math.max(0, exponent - least)))}${exponent === 0 ? "" : `e${exponent}`}`;
  };
  return { value: text(value), error: text(error) };
}
