/** Random problems { model, loss, params } with a batch: two programs, one of the parameters, one of the model's outputs. */

import { grad, jit, jvp, lax, nn, numpy as np, scipySpecial } from "@jax-js/jax";
import fc from "fast-check";
import type { ModelProblem } from "../../../src/compiler/problem.ts";
import { special } from "../../../src/index.ts";
import { makeRandom } from "../../../src/vector/random.ts";
import type { Tensor } from "../../../src/vector/tensor.ts";
import { type Arithmetic, makeArithmetic } from "./jet.ts";
import { type Choices, decode, evaluate, type Input, inputValue, type Program, sourceOf } from "./program.ts";
import { sizeOf, type Value } from "./values.ts";

export interface RandomProblem {
  readonly parameters: readonly Input[];
  readonly data: readonly Input[];
  readonly model: Program;
  readonly loss: Program;
  /** What makes losses of the last value: its elements, if there is one an example, or their sum or mean. */
  readonly end: "losses" | "sum" | "mean";
  /** v of the products. */
  readonly direction: Float64Array;
}

/** What an objective says of a problem at its start. */
export interface Oracles {
  readonly value: readonly number[];
  readonly gradient: readonly number[];
  /** Hv. */
  readonly hessian: readonly number[];
  /** Gv. */
  readonly gaussNewton: readonly number[];
}

/** Examples of every batch. */
const examples = 3;

/** Numbers that parameters and data have: ties and zeros among them, and some that float32 does not hold. */
const numbers = [1, 0.5, 0, -1, 2, -0.5, 1.5, 0.25, -0.25, 0, 1, 0.75, -1.5, -0.125, 0.625, 0.3, -0.7, 1.1];
const parameterShapes: readonly number[][] = [
  [],
  [1],
  [2],
  [3],
  [2, 2],
  [1, 3],
  [3, 1],
  [2, 3],
  [4],
  [0],
  [2, 0],
  [1, 1, 2],
];
const dataShapes: readonly number[][] = [[examples], [examples, 2], [examples, 1], [examples, 1, 2]];

/** Choices as fast-check draws and shrinks them. */
export interface ProblemChoices {
  readonly parameters: readonly (readonly number[])[];
  readonly data: readonly number[];
  readonly model: Choices;
  readonly loss: Choices;
  readonly end: number;
}

const nat = fc.nat(9999);
const lines = (maxLength: number) =>
  fc.array(fc.array(nat, { minLength: 12, maxLength: 12 }), { maxLength, size: "max" });

export const problemChoices: fc.Arbitrary<ProblemChoices> = fc.noBias(
  fc.record({
    parameters: fc.array(fc.array(nat, { minLength: 7, maxLength: 7 }), { minLength: 1, maxLength: 3, size: "max" }),
    data: fc.array(nat, { minLength: 16, maxLength: 16 }),
    model: lines(24),
    loss: lines(8),
    end: fc.nat(2),
  }),
);

const cycle = (choices: readonly number[], n: number) =>
  Array.from({ length: n }, (_, i) => choices[i % choices.length]);

function input(name: string, shape: readonly number[], choices: readonly number[]): Input {
  const data = cycle(choices, sizeOf(shape)).map((choice) => numbers[choice % numbers.length]);
  return { name, shape, data, isInteger: false };
}

const vectorFor = (n: number) => Float64Array.from({ length: n }, (_, i) => [1, -0.5, 0.75, 0.25, -1][i % 5]);

export function problemOf({ parameters: drawn, data: numbersOfData, model, loss, end }: ProblemChoices): RandomProblem {
  const parameters = drawn.map(([shape, ...values], i) =>
    input(`p${i}`, parameterShapes[shape % parameterShapes.length], values),
  );
  const [first, second, ...values] = numbersOfData;
  const labels = values.slice(6, 6 + examples).map((choice) => choice % 4);
  const data: Input[] = [
    input("x", dataShapes[first % dataShapes.length], values),
    { name: "y", shape: second % 2 === 0 ? [examples] : [examples, 1], data: labels, isInteger: true },
  ];
  const n = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const direction = vectorFor(n);
  const a = makeArithmetic(direction);
  const inputs = [...parameters, ...data];
  const modelProgram = decode(a, inputs, inputValues(a, parameters, data), model);
  const z = evaluate(modelProgram, a, inputValues(a, parameters, data));
  const outputs: Input = { name: "z", shape: z.shape, data: z.data.map(({ v }) => v), isInteger: false };
  const b = makeArithmetic(vectorFor(outputs.data.length));
  const lossProgram = decode(b, [outputs, ...data], inputValues(b, [outputs], data), loss);
  const { shape } = evaluate(lossProgram, b, inputValues(b, [outputs], data));
  const isPerExample = shape.length === 1 && shape[0] > 0 && shape[0] % examples === 0;
  const ends = ["sum", "mean", isPerExample ? "losses" : "sum"] as const;
  const isEmpty = sizeOf(shape) === 0;
  return { parameters, data, model: modelProgram, loss: lossProgram, end: isEmpty ? "sum" : ends[end], direction };
}

/** Variables of the first inputs, constants of the rest. */
function inputValues(a: Arithmetic, variables: readonly Input[], constants: readonly Input[]): Value[] {
  let next = 0;
  return [
    ...variables.map((x) => inputValue(x, (v) => a.variable(v, next++))),
    ...constants.map((x) => inputValue(x, (v) => (x.isInteger ? a.plain(v, true) : a.constant(v)))),
  ];
}

/** Undefined if a number left the range in which engines are compared. */
export function reference(problem: RandomProblem, unit = 0, seed = 0): Oracles | undefined {
  const { parameters, data, model, loss, end, direction } = problem;
  const random = makeRandom(seed);
  const uniform = () => 2 * random.uniform() - 1;
  const a = makeArithmetic(direction, unit, uniform);
  const z = evaluate(model, a, inputValues(a, parameters, data));
  // Jv → H_ℓJv
  const b = makeArithmetic(
    Float64Array.from(z.data, ({ t }) => t),
    unit,
    uniform,
  );
  const variables: Value = { ...z, data: z.data.map(({ v, exact }, i) => b.variable(v, i, exact)) };
  const values = evaluate(loss, b, [variables, ...inputValues(b, [], data)]);
  const sum = b.sum(values.data);
  const total = end === "sum" ? sum : b.scale(sum, 1 / values.data.length);
  const n = direction.length;
  const combined = (weights: readonly (Float64Array | undefined)[], parts: readonly ("g" | "h")[]) =>
    Array.from({ length: n }, (_, i) =>
      z.data.reduce(
        (all, jet, k) => all + parts.reduce((s, part, p) => s + (weights[p]?.[k] ?? 0) * (jet[part]?.[i] ?? 0), 0),
        0,
      ),
    );
  if (a.isOutside() || b.isOutside()) return undefined;
  return {
    value: [total.v],
    gradient: combined([total.g], ["g"]),
    hessian: combined([total.h, total.g], ["g", "h"]),
    gaussNewton: combined([total.h], ["g"]),
  };
}

const ends = {
  losses: (x: string) => x,
  sum: (x: string) => `${x}.sum()`,
  mean: (x: string) => `np.mean(${x})`,
};

const braced = (names: readonly string[]) => (names.length > 0 ? `{ ${names.join(", ")} }` : "_");

export function modelSource({ parameters, data, model }: RandomProblem): string {
  const { text, used } = sourceOf(model, (x) => x);
  const names = (inputs: readonly Input[]) => braced(inputs.flatMap(({ name }) => (used.has(name) ? [name] : [])));
  return `(${names(parameters)}, ${names(data).replace("_", "_batch")}) => {\n${text}\n}`;
}

export function lossSource({ data, loss, end }: RandomProblem): string {
  const { text, used } = sourceOf(loss, ends[end]);
  const names = braced(data.flatMap(({ name }) => (used.has(name) ? [name] : [])));
  return `(z, ${names}) => {\n${text}\n}`;
}

const scope = { grad, jit, jvp, lax, nn, np, scipySpecial, special };

/** The function that a text is. */
function compiled(source: string): never {
  return new Function(...Object.keys(scope), `return ${source};`)(...Object.values(scope)) as never;
}

const tensorOf = ({ shape, data, isInteger }: Input): Tensor => ({
  shape,
  data: isInteger ? Int32Array.from(data) : Float64Array.from(data),
});

const treeOf = (inputs: readonly Input[]) => Object.fromEntries(inputs.map((x) => [x.name, tensorOf(x)]));

/** The problem as quadric takes it. */
export function asProblem(problem: RandomProblem): { problem: ModelProblem; batch: Record<string, Tensor> } {
  return {
    problem: {
      model: compiled(modelSource(problem)),
      loss: compiled(lossSource(problem)),
      params: treeOf(problem.parameters) as never,
    },
    batch: treeOf(problem.data),
  };
}

/** The problem as a user would write it. */
export function written(problem: RandomProblem, backend: string, dtype: string): string {
  const tree = (inputs: readonly Input[], float: string) =>
    inputs
      .map(({ name, shape, data, isInteger }) => {
        const array = isInteger ? "Int32Array" : float;
        return `  ${name}: { shape: [${shape.join(", ")}], data: ${array}.of(${data.join(", ")}) },`;
      })
      .join("\n");
  return [
    'import { grad, jit, jvp, lax, nn, numpy as np, scipySpecial } from "@jax-js/jax";',
    'import { compileObjective, special } from "quadric";',
    `const params = {\n${tree(problem.parameters, "Float64Array")}\n};`,
    `const batch = {\n${tree(problem.data, "Float64Array")}\n};`,
    `const model = ${modelSource(problem)};`,
    `const loss = ${lossSource(problem)};`,
    `const objective = await compileObjective({ model, loss, params }, { backend: ${backend}, dtype: "${dtype}" });`,
    "console.log(await objective.gradient(objective.initial, batch));",
  ].join("\n");
}
