/** A table to try: a substance that decays to a rest, measured with errors that are known. */
export function exampleCurve(): string {
  const lines = ["time,activity,error"];
  for (let i = 0; i < 28; i++) {
    const time = 0.5 + 0.75 * i;
    // A sequence without pattern to the eye, about normal as the sum of three.
    const noise = [12.9898, 78.233, 39.425].reduce((sum, a) => sum + ((((i + 1) * a * a) % 1) - 0.5), 0) * 2;
    const error = 0.12 + 0.03 * Math.exp(-0.3 * time);
    const activity = 6.4 * Math.exp(-0.31 * time) + 0.85 + error * noise;
    lines.push([time, activity.toFixed(3), error.toFixed(3)].join(","));
  }
  return lines.join("\n");
}
