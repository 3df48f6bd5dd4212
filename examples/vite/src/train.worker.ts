/** The worker: everything that computes. */
import { fit, losses, mlp, supervised } from "quadric";
import { onnx, preferredProvider, serve } from "quadric/web";

export interface Settings {
  readonly steps: number;
  readonly seed: number;
}

export interface Result {
  readonly status: string;
  readonly parameters: Float32Array;
}

const n = 200;
const points = new Float32Array(2 * n);
const sides = Int32Array.from({ length: n }, (_, i) => i % 2);
for (const [i, side] of sides.entries()) {
  const angle = 0.3 + (3 * Math.PI * i) / n;
  points[2 * i] = (angle * Math.cos(angle + Math.PI * side)) / 10;
  points[2 * i + 1] = (angle * Math.sin(angle + Math.PI * side)) / 10;
}
const data = { x: { shape: [n, 2], data: points }, y: { shape: [n], data: sides } };

serve(async ({ steps, seed }: Settings, { signal, report }): Promise<Result> => {
  const problem = supervised(mlp([2, 24, 24, 2]), losses.crossEntropy, { seed });
  const backend = onnx({ provider: await preferredProvider() });
  const { status, parameters } = await fit(problem, data, { backend, steps, seed, signal, callbacks: [report] });
  return { status, parameters: parameters as Float32Array };
});
