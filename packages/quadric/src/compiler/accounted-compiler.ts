/** A backend whose work is timed, and whose programs are disposed of together. */
import type { Backend, Executable } from "./backends/backend.ts";
import type { Graph } from "./ir/graph.ts";

export interface CompilationReport {
  readonly programs: number;
  /** Tracing, differentiating and simplifying, milliseconds. */
  readonly traceMs: number;
  /** Lowering and making sessions, milliseconds. */
  readonly backendMs: number;
}

export interface AccountedCompiler {
  /** Work on graphs, whose time counts as tracing. */
  timed<T>(body: () => T): T;
  compile(graph: Graph): Promise<Executable>;
  /** Disposes of everything that was compiled. */
  dispose(): void;
}

/** @param report - added to by everything that is done. */
export function accountedCompiler(
  backend: Backend,
  report: { -readonly [key in keyof CompilationReport]: CompilationReport[key] },
): AccountedCompiler {
  const executables: Promise<Executable>[] = [];
  return {
    timed(body) {
      const start = performance.now();
      const count = () => {
        report.traceMs += performance.now() - start;
      };
      const result = body();
      if (result instanceof Promise) void result.then(count);
      else count();
      return result;
    },
    compile(graph) {
      const start = performance.now();
      const executable = backend.compile(graph).then((it) => {
        report.backendMs += performance.now() - start;
        report.programs++;
        return it;
      });
      executables.push(executable);
      return executable;
    },
    dispose() {
      // One that could not be made has thrown at its caller.
      for (const executable of executables) {
        executable.then(
          (it) => it.dispose(),
          () => undefined,
        );
      }
    },
  };
}

/** A thing that is made when first asked for. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
