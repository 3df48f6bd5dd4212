/** Formulas that are written once, for numbers and for nodes of a graph. */
import type { Builder } from "../ir/builder.ts";
import type { Node } from "../ir/graph.ts";

/** What a formula may use; T is a number or a node. */
export interface Arithmetic<T> {
  number(value: number): T;
  add(x: T, y: T): T;
  subtract(x: T, y: T): T;
  multiply(x: T, y: T): T;
  divide(x: T, y: T): T;
  log(x: T): T;
  sin(x: T): T;
  cos(x: T): T;
  floor(x: T): T;
  /** `yes` where x < y, else `no`. */
  ifLess(x: T, y: T, yes: T, no: T): T;
}

export const onNumbers: Arithmetic<number> = {
  number: (value) => value,
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  divide: (x, y) => x / y,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  floor: Math.floor,
  ifLess: (x, y, yes, no) => (x < y ? yes : no),
};

export function onNodes(b: Builder, dtype: Node["dtype"]): Arithmetic<Node> {
  return {
    number: (value) => b.scalar(value, dtype),
    add: (x, y) => b.add(x, y),
    subtract: (x, y) => b.add(x, b.scale(y, -1)),
    multiply: (x, y) => b.mul(x, y),
    divide: (x, y) => b.mul(x, b.unary("reciprocal", y)),
    log: (x) => b.unary("log", x),
    sin: (x) => b.unary("sin", x),
    cos: (x) => b.unary("cos", x),
    floor: (x) => b.unary("floor", x),
    ifLess: (x, y, yes, no) => b.where(b.compare("less", x, y), yes, no),
  };
}
