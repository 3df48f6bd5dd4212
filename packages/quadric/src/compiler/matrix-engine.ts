/** Products of dense matrices as programs of a backend, one a shape. */
import { type MatrixEngine, plainEngine } from "../linalg/matrix-engine.ts";
import type { Tensor } from "../vector/tensor.ts";
import { dtypeOf, type Vector } from "../vector/vector.ts";
import type { Backend, Executable } from "./backends/backend.ts";
import type { Graph } from "./ir/graph.ts";
import { simplifyingBuilder } from "./ir/simplify.ts";

/** Below so many multiply-adds a plain loop is done before a program has started. */
const plainBelow = 20_000;

/** Whether nothing else than one core works: no further threads, no GPU. */
const isSerial = ({ settings: { threads = 1, provider = "cpu", device = "cpu" } }: Backend): boolean =>
  threads === 1 && [provider, device].every((place) => place === "cpu" || place === "wasm");

/** A matrix engine that holds programs until `dispose`. */
export function compiledMatrixEngine(backend: Backend): MatrixEngine & { dispose(): void } {
  const programs = new Map<string, Promise<Executable>>();

  async function run(key: string, build: () => Graph, inputs: readonly Tensor[]): Promise<Vector> {
    const program = await (programs.get(key) ?? programs.set(key, backend.compile(build())).get(key)!);
    const [C] = await program.run(inputs);
    return C.data as Vector;
  }

  return {
    // Settings such as the number of threads decide how fast it is.
    name: `${backend.name} ${JSON.stringify(backend.settings)}`,
    isSerial: isSerial(backend),
    async multiply(A, B, shape) {
      const { m, k, n, transposeA = false, transposeB = false } = shape;
      if (m * k * n < plainBelow) return plainEngine.multiply(A, B, shape);
      const dtype = dtypeOf(A);
      const shapes = [transposeA ? [k, m] : [m, k], transposeB ? [n, k] : [k, n]];
      const build = () => {
        const b = simplifyingBuilder();
        const [left, right] = [b.input("A", shapes[0], dtype), b.input("B", shapes[1], dtype)];
        return { inputs: [left, right], outputs: [b.matmul(left, right, transposeA, transposeB)] };
      };
      return run(`${dtype} ${m} ${k} ${n} ${transposeA} ${transposeB}`, build, [
        { shape: shapes[0], data: A },
        { shape: shapes[1], data: B },
      ]);
    },
    async solveTransposed(R, X, B, k, n) {
      if (k * k * n < plainBelow) return plainEngine.solveTransposed(R, X, B, k, n);
      const dtype = dtypeOf(B);
      const build = () => {
        const b = simplifyingBuilder();
        const inputs = [b.input("R", [k, k], dtype), b.input("X", [k, k], dtype), b.input("B", [k, n], dtype)];
        const [r, x, right] = inputs;
        const y = b.matmul(x, right, true, false);
        const residual = b.add(right, b.scale(b.matmul(r, y, true, false), -1));
        return { inputs, outputs: [b.add(y, b.matmul(x, residual, true, false))] };
      };
      return run(`${dtype} solve ${k} ${n}`, build, [
        { shape: [k, k], data: R },
        { shape: [k, k], data: X },
        { shape: [k, n], data: B },
      ]);
    },
    dispose() {
      for (const program of programs.values()) void program.then((it) => it.dispose());
      programs.clear();
    },
  };
}
