/**
 * Loop nests as WebAssembly.
 *
 * Neighbouring loops that every address treats as one become one. An expression is evaluated in the outermost loop
 * whose counter it needs: once before all loops if it needs none.
 */
import { type ElementType, elementCount } from "../../ir/graph.ts";
import {
  appendUnsigned,
  constant,
  type FunctionBody,
  instruction,
  memoryOperands,
  unsigned,
  type ValueType,
} from "./encoder.ts";
import { type Affine, bytesOf, type Expression, type Expressions } from "./expression.ts";
import type { Copy, Fill, Nest } from "./nests.ts";

/** A function to write into, whose locals serve one nest after another. */
export interface Writer {
  readonly body: FunctionBody;
  local(type: ValueType): number;
  /** Makes all locals free for the next nest. */
  release(): void;
}

export function makeWriter(): Writer {
  const body: FunctionBody = { locals: [], code: [] };
  const free = new Map<ValueType, number[]>();
  const taken: [ValueType, number][] = [];
  return {
    body,
    local(type) {
      const index = free.get(type)?.pop() ?? body.locals.push(type) - 1;
      taken.push([type, index]);
      return index;
    },
    release() {
      for (const [type, index] of taken.splice(0)) {
        const list = free.get(type) ?? [];
        list.push(index);
        free.set(type, list);
      }
    },
  };
}

const loads: Record<ElementType, number> = { float64: 0x2b, float32: 0x2a, int32: 0x28, uint32: 0x28, bool: 0x2d };
const stores: Record<ElementType, number> = { float64: 0x39, float32: 0x38, int32: 0x36, uint32: 0x36, bool: 0x3a };
const alignmentOf: Record<ElementType, number> = { float64: 3, float32: 2, int32: 2, uint32: 2, bool: 0 };
const add: Record<ElementType, number> = { float64: 0xa0, float32: 0x92, int32: 0x6a, uint32: 0x6a, bool: 0x72 };

export function emitFill({ body }: Writer, { target }: Fill): void {
  const bytes = target.count * bytesOf[target.dtype];
  const operands = [target.offset, 0, bytes].flatMap((n) => constant("i32", n));
  append(body.code, [...operands, ...instruction.fill]);
}

export function emitCopy({ body }: Writer, { from, target, at }: Copy): void {
  const { dtype, count } = from;
  const offset = target.offset + at * bytesOf[dtype];
  if (count === 0) return;
  if (count > 1) {
    const operands = [offset, from.offset, count * bytesOf[dtype]].flatMap((n) => constant("i32", n));
    append(body.code, [...operands, ...instruction.copy]);
    return;
  }
  const zero = constant("i32", 0);
  append(body.code, [...zero, ...zero, loads[dtype], ...memoryOperands(alignmentOf[dtype], from.offset)]);
  append(body.code, [stores[dtype], ...memoryOperands(alignmentOf[dtype], offset)]);
}

/** A call of the host's function of this number, whose result means nothing. */
export function emitCall({ body }: Writer, number: number): void {
  append(body.code, [...instruction.call, ...unsigned(number), ...instruction.drop]);
}

function append(code: number[], bytes: readonly number[]): void {
  for (const byte of bytes) code.push(byte);
}

export function emitNest(writer: Writer, nest: Nest): void {
  const { expressions, target, reduction } = nest;
  const { code } = writer.body;
  if (reduction ? elementCount(nest.sizes.slice(0, reduction.from)) === 0 : elementCount(nest.sizes) === 0) return;
  const sizes = joinedLoops(nest);
  const emitter = makeEmitter(writer, expressions, sizes, reduction?.initial.type);
  const address = emitter.address(nest.at, target.dtype);
  emitter.demand(nest.value, sizes.length - 1);
  emitter.demand(address, (reduction?.from ?? sizes.length) - 1);

  const place = (op: number) => {
    code.push(op, alignmentOf[target.dtype]);
    appendUnsigned(code, target.offset);
  };
  const store = (value: Expression) => {
    emitter.write(address);
    if (nest.accumulates) {
      emitter.write(address);
      place(loads[target.dtype]);
    }
    emitter.write(value);
    if (nest.accumulates) code.push(add[target.dtype]);
    place(stores[target.dtype]);
  };

  emitter.hoist(-1);
  if (reduction === undefined) {
    emitter.loops(0, sizes.length, () => store(nest.value));
    writer.release();
    return;
  }
  const { from, initial, result } = reduction;
  emitter.loops(0, from, () => {
    append(code, [...constant(initial.type, (initial as { value: number }).value), ...emitter.setAccumulator]);
    if (elementCount(sizes.slice(from)) > 0) {
      emitter.loops(from, sizes.length, () => {
        emitter.write(nest.value);
        append(code, emitter.setAccumulator);
      });
    }
    store(result);
  });
  writer.release();
}

/** All affine addresses of a nest. */
function addressesOf(nest: Nest): Affine[] {
  const found: Affine[] = [nest.at];
  const seen = new Set<Expression>();
  const visit = (expression: Expression) => {
    if (seen.has(expression)) return;
    seen.add(expression);
    if (expression.form === "apply") expression.inputs.forEach(visit);
    if (expression.form === "load" || expression.form === "place") found.push(expression.at);
  };
  visit(nest.value);
  for (const { terms } of found) for (const { variable } of terms) visit(variable);
  return found;
}

/** The sizes of a nest's loops once those that count on in one address space are one: size 1 is a loop that is gone. */
function joinedLoops(nest: Nest): number[] {
  const sizes = [...nest.sizes];
  const addresses = addressesOf(nest);
  const strideAt = ({ terms }: Affine, level: number) =>
    terms.find(({ variable }) => variable.form === "counter" && variable.level === level)?.stride ?? 0;
  let inner = sizes.length - 1;
  for (let outer = inner - 1; outer >= 0; outer--) {
    if (sizes[inner] === 1 || outer === (nest.reduction?.from ?? 0) - 1) {
      inner = outer;
      continue;
    }
    if (sizes[outer] === 1) continue;
    const joins = addresses.every((address) => strideAt(address, outer) === strideAt(address, inner) * sizes[inner]);
    if (joins && sizes[inner] > 0) {
      sizes[inner] *= sizes[outer];
      sizes[outer] = 1;
    } else {
      inner = outer;
    }
  }
  return sizes;
}

interface NestEmitter {
  /** The byte address of an element, without its buffer's offset. */
  address(at: Affine, dtype: ElementType): Expression;
  /** Says that an expression is needed in the loop at a level. */
  demand(expression: Expression, level: number): void;
  /** Evaluates what belongs into the loop at a level and is used there more than once or further inside. */
  hoist(level: number): void;
  /** Writes the instructions that push an expression. */
  write(expression: Expression): void;
  loops(from: number, to: number, statement: () => void): void;
  readonly setAccumulator: readonly number[];
}

/** Σ stride·variable in bytes, outer variables first, so that their part is computed in outer loops. */
function byteAddress(
  { constant: start, terms }: Affine,
  width: number,
  expressions: Expressions,
  levelOf: (expression: Expression) => number,
): Expression {
  const { i32 } = instruction;
  const products = terms
    .toSorted((a, b) => levelOf(a.variable) - levelOf(b.variable))
    .map(({ variable, stride }) => {
      const bytes = stride * width;
      if (bytes === 1) return variable;
      const shift = Math.log2(bytes);
      const [op, operand] = Number.isInteger(shift) ? [i32.shl, shift] : [i32.mul, bytes];
      return expressions.apply("i32", [op], variable, expressions.constant("i32", operand));
    });
  const first = start === 0 && products.length > 0 ? [] : [expressions.constant("i32", start * width)];
  return [...first, ...products].reduce((sum, part) => expressions.apply("i32", [i32.add], sum, part));
}

interface Placement {
  addressOf(at: Affine, dtype: ElementType): Expression;
  /** What an expression is computed from: operands, or the address it is read at. */
  inputsOf(expression: Expression): readonly Expression[];
  /** The innermost loop whose counter an expression needs; −1 for none. */
  levelOf(expression: Expression): number;
}

/** Which loop of a nest each expression belongs into. */
function makePlacement(expressions: Expressions, sizes: readonly number[]): Placement {
  const levels = new Map<Expression, number>();
  const addresses = new Map<Expression, Expression>();

  const addressOf = (at: Affine, dtype: ElementType): Expression => {
    const terms = at.terms.filter(({ variable }) => variable.form !== "counter" || sizes[variable.level] !== 1);
    return byteAddress({ ...at, terms }, bytesOf[dtype], expressions, levelOf);
  };

  function inputsOf(expression: Expression): readonly Expression[] {
    if (expression.form === "apply") return expression.inputs;
    if (expression.form !== "load" && expression.form !== "place") return [];
    let address = addresses.get(expression);
    if (address === undefined) {
      address = addressOf(expression.at, expression.form === "load" ? expression.buffer.dtype : "bool");
      addresses.set(expression, address);
    }
    return [address];
  }

  function levelOf(expression: Expression): number {
    let level = levels.get(expression);
    if (level === undefined) {
      if (expression.form === "counter") level = expression.level;
      else if (expression.form === "accumulator") level = sizes.length - 1;
      else level = inputsOf(expression).reduce((most, input) => Math.max(most, levelOf(input)), -1);
      levels.set(expression, level);
    }
    return level;
  }

  return { addressOf, inputsOf, levelOf };
}

function makeEmitter(
  writer: Writer,
  expressions: Expressions,
  sizes: readonly number[],
  accumulates?: ValueType,
): NestEmitter {
  const { code } = writer.body;
  const { addressOf, inputsOf, levelOf } = makePlacement(expressions, sizes);
  const counterLocals = sizes.map((size) => (size === 1 ? -1 : writer.local("i32")));
  const locals = new Map<Expression, number>();
  const order: Expression[] = [];
  const kept = new Set<Expression>();
  const demanded = new Set<Expression>();
  const accumulator = accumulates === undefined ? [] : unsigned(writer.local(accumulates));

  function demand(expression: Expression, level: number): void {
    const simple = expression.form === "constant" || expression.form === "counter" || expression.form === "accumulator";
    if (simple) return;
    if (demanded.has(expression) || levelOf(expression) < level) kept.add(expression);
    if (demanded.has(expression)) return;
    demanded.add(expression);
    for (const input of inputsOf(expression)) demand(input, levelOf(expression));
    order.push(expression);
  }

  function write(expression: Expression): void {
    const known = locals.get(expression);
    if (known !== undefined) {
      code.push(instruction.get[0]);
      appendUnsigned(code, known);
      return;
    }
    switch (expression.form) {
      case "constant":
        append(code, constant(expression.type, expression.value));
        return;
      case "counter":
        code.push(instruction.get[0]);
        appendUnsigned(code, counterLocals[expression.level]);
        return;
      case "accumulator":
        code.push(instruction.get[0], ...accumulator);
        return;
      case "apply":
        for (const input of expression.inputs) write(input);
        append(code, expression.code);
        return;
      case "place":
        for (const input of inputsOf(expression)) write(input);
        return;
      case "load": {
        const { dtype, offset } = expression.buffer;
        for (const input of inputsOf(expression)) write(input);
        code.push(loads[dtype], alignmentOf[dtype]);
        appendUnsigned(code, offset);
      }
    }
  }

  function hoist(level: number): void {
    for (const expression of order) {
      if (levelOf(expression) !== level || !kept.has(expression)) continue;
      write(expression);
      const local = writer.local(expression.type);
      append(code, [instruction.set[0], ...unsigned(local)]);
      locals.set(expression, local);
    }
  }

  function loops(first: number, to: number, statement: () => void): void {
    let from = first;
    while (from < to && sizes[from] === 1) from++;
    if (from === to) {
      statement();
      return;
    }
    const counter = unsigned(counterLocals[from]);
    append(code, [...constant("i32", 0), instruction.set[0], ...counter, ...instruction.loop]);
    hoist(from);
    loops(from + 1, to, statement);
    const { get, tee, branchIf, end } = instruction;
    append(code, [get[0], ...counter, ...constant("i32", 1), instruction.i32.add, tee[0], ...counter]);
    append(code, [...constant("i32", sizes[from]), instruction.i32.lessUnsigned, branchIf[0], 0, end[0]]);
  }

  return {
    address: addressOf,
    demand,
    hoist,
    write,
    loops,
    setAccumulator: [instruction.set[0], ...accumulator],
  };
}
