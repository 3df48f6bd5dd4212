/** Errors that jax-js throws while it traces a user's function, with the array, the operation and the user's line. */
import type { numpy as np } from "@jax-js/jax";
import type { Node } from "../ir/graph.ts";

/** What an argument is called in messages: `"w", float32[3]`. */
function described({ attributes, dtype, shape }: Node): string {
  return `"${attributes.name}", ${dtype}[${shape}]`;
}

/** Lets jax-js call the arguments by their names. */
export function nameArguments(args: readonly np.Array[], inputs: readonly Node[]): void {
  args.forEach((tracer, i) => {
    Object.defineProperty(tracer, "toString", { value: () => described(inputs[i]), configurable: true });
  });
}

/** A line of a stack: function and place, as V8 and Gecko write them. */
const frame = /^(?:\s*at (?:(.*?) \()?|(.*?)@)(.*:\d+:\d+)\)?$/;
/** Also in the pieces that Vite's development server cuts it into. */
const ofLibrary = /@jax-js[\\/_]jax|\/\.vite\//;

/** jax-js's function that the user's line called, and that line; undefined if the error is not jax-js's. */
function originOf(error: Error): { readonly operation: string; readonly place: string | undefined } | undefined {
  const frames = (error.stack ?? "").split("\n").flatMap((line) => {
    const match = frame.exec(line);
    return match ? [{ name: match[1] ?? match[2] ?? "", place: match[3] }] : [];
  });
  const first = frames.findIndex(({ place }) => !ofLibrary.test(place));
  if (first <= 0) return undefined;
  // "JaxprTracer.mul", "get ref [as ref]", "Module.where"
  const operation = frames[first - 1].name.replace(/^.* \[as (\w+)\]$/, "$1").replace(/^.*[. ]/, "");
  return { operation: operation.replace(/\$\d+$/, ""), place: frames[first].place };
}

/**
 * Rewords an error of jax-js in place.
 *
 * @param what - the function that was traced, as messages call it.
 * @param inputs - its arguments.
 */
export function explain(error: unknown, what: string, inputs: readonly Node[]): void {
  if (!(error instanceof Error)) return;
  const origin = originOf(error);
  if (origin === undefined) return;
  const { operation, place } = origin;
  const { message } = error;
  const freed = /^Referenced tracer (.*) freed/.exec(message);
  const reworded = freed ? usedUp(what, freed[1], operation, inputs) : misused(what, operation, message, inputs);
  const held = freed?.[1].startsWith("Array");
  error.message = `${reworded}${place && !(held && operation === "ref") ? ` At ${place}.` : ""}`;
  if (error.stack) error.stack = error.stack.replace(message, error.message);
}

function usedUp(what: string, tracer: string, operation: string, inputs: readonly Node[]): string {
  const argument = inputs.find((node) => described(node) === tracer);
  const name = argument && String(argument.attributes.name).split(".").at(-1)!;
  const held = /^Array:(.*)$/.exec(tracer);
  if (held) {
    return (
      `${what} uses an array ${held[1]} that it holds and that has been used up. It is traced for every batch shape and ` +
      "precision: write .ref wherever the array is used, as in x.mul(held.ref)."
    );
  }
  const array = argument ? tracer : `an array ${tracer.replace(/^\w+\((.*)\)$/, "$1")}`;
  return (
    `${what} gives ${array}, to ${operation} after it was used up. Functions of jax-js consume the arrays they are given: write ` +
    `${name ?? "x"}.ref at every use but the last.`
  );
}

function misused(what: string, operation: string, message: string, inputs: readonly Node[]): string {
  const given = inputs.map(described).join("; ");
  return `${what} cannot be traced: ${operation}: ${message}. It was given ${given || "nothing"}.`;
}
