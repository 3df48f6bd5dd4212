/** A table to try: the period of a pendulum from its length, its first swing and the gravity, which a formula knows. */
export function exampleTable(): string {
  const lines = ["length,amplitude,gravity,period"];
  for (let i = 0; i < 300; i++) {
    // Three sequences that fill the cube evenly, by the powers of a root of x⁴ = x + 1.
    const [a, b, c] = [0.8191725134, 0.6710436067, 0.5497004779].map((step) => (0.5 + step * i) % 1);
    const [length, amplitude, gravity] = [0.2 + 1.8 * a, 0.1 + 1.9 * b, 1.6 + 23 * c];
    // T = 2π√(l/g) / agm(1, cos(θ₀/2))
    let [x, y] = [1, Math.cos(amplitude / 2)];
    for (let k = 0; k < 6; k++) [x, y] = [(x + y) / 2, Math.sqrt(x * y)];
    const period = (2 * Math.PI * Math.sqrt(length / gravity)) / x;
    lines.push([length, amplitude, gravity, period].map((value) => value.toFixed(5)).join(","));
  }
  return lines.join("\n");
}
