/** Tables to try: the period of a pendulum from its length, its first swing and the gravity, which a formula knows. */
export const exampleNames = ["pendulum", "noisy", "planet"] as const;
export type ExampleName = (typeof exampleNames)[number];

/** Moon, Mars, Earth and Jupiter. */
const gravities = [1.62, 3.73, 9.81, 24.79];

/** "noisy": the period is measured to 10 %. "planet": the gravity is one of four, to be told from the others. */
export function exampleTable(name: ExampleName): string {
  const isPlanet = name === "planet";
  const spread = { pendulum: 0, noisy: 0.1, planet: 0.03 }[name];
  const lines = [isPlanet ? "length,amplitude,period,planet" : "length,amplitude,gravity,period"];
  for (let i = 0; i < 300; i++) {
    // Sequences that fill the cube evenly, by the powers of a root of x⁴ = x + 1.
    const [a, b, c] = [0.8191725134, 0.6710436067, 0.5497004779].map((step) => (0.5 + step * i) % 1);
    const gravity = isPlanet ? gravities[i % 4] : 1.6 + 23 * c;
    const [length, amplitude] = [0.2 + 1.8 * a, 0.1 + 1.9 * b];
    // T = 2π√(l/g) / agm(1, cos(θ₀/2))
    let [x, y] = [1, Math.cos(amplitude / 2)];
    for (let k = 0; k < 6; k++) [x, y] = [(x + y) / 2, Math.sqrt(x * y)];
    // About normal, as the sum of three numbers without a pattern.
    const noise = [12.9898, 78.233, 39.425].reduce((sum, step) => sum + ((((i + 1) * step * step) % 1) - 0.5), 0) * 2;
    const period = ((2 * Math.PI * Math.sqrt(length / gravity)) / x) * (1 + spread * noise);
    const last = isPlanet ? [period, (i % 4) + 1] : [gravity, period];
    lines.push([length, amplitude, ...last].map((value) => String(Number(value.toFixed(5)))).join(","));
  }
  return lines.join("\n");
}
