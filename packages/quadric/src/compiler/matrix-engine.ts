/** Products of dense matrices as programs of a backend, one a shape. */
import { type MatrixEngine, type ProductShape, plainEngine } from "../linalg/matrix-engine.ts";
import { type Dtype, dtypeOf, type Vector } from "../vector/vector.ts";
import type { Backend, Executable } from "./backends/backend.ts";
import { simplifyingBuilder } from "./ir/simplify.ts";

/** Below so many multiply-adds a plain loop is done before a program has started. */
const plainBelow = 20_000;

/** Whether nothing else than one core works: no further threads, no GPU. */
const isSerial = ({ settings: { threads = 1, provider = "cpu", device = "cpu" } }: Backend): boolean =>
  threads === 1 && [provider, device].every((place) => place === "cpu" || place === "wasm");

/** A matrix engine that holds programs until `dispose`. */
export function compiledMatrixEngine(backend: Backend): MatrixEngine & { dispose(): void } {
  const programs = new Map<string, Promise<Executable>>();

  function compile({ m, k, n, transposeA = false, transposeB = false }: ProductShape, dtype: Dtype) {
    const b = simplifyingBuilder();
    const A = b.input("A", transposeA ? [k, m] : [m, k], dtype);
    const B = b.input("B", transposeB ? [n, k] : [k, n], dtype);
    return backend.compile({ inputs: [A, B], outputs: [b.matmul(A, B, transposeA, transposeB)] });
  }

  return {
    // Settings such as the number of threads decide how fast it is.
    name: `${backend.name} ${JSON.stringify(backend.settings)}`,
    isSerial: isSerial(backend),
    async multiply(A, B, shape) {
      const { m, k, n, transposeA = false, transposeB = false } = shape;
      if (m * k * n < plainBelow) return plainEngine.multiply(A, B, shape);
      const dtype = dtypeOf(A);
      const key = `${dtype} ${m} ${k} ${n} ${transposeA} ${transposeB}`;
      const program = await (programs.get(key) ?? programs.set(key, compile(shape, dtype)).get(key)!);
      const [C] = await program.run([
        { shape: transposeA ? [k, m] : [m, k], data: A },
        { shape: transposeB ? [n, k] : [k, n], data: B },
      ]);
      return C.data as Vector;
    },
    dispose() {
      for (const program of programs.values()) void program.then((it) => it.dispose());
      programs.clear();
    },
  };
}
