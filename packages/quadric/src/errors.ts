/** Errors a caller can react to. Every other misuse is a RangeError or TypeError of the same wording. */

/** Two things that must agree on a shape do not. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** A backend has no rule for something in the loss; another backend may. */
export class UnsupportedPrimitiveError extends Error {
  override readonly name = "UnsupportedPrimitiveError";
  readonly primitive: string;
  constructor(message: string, primitive: string) {
    super(message);
    this.primitive = primitive;
  }
}

/** A user's file or setting is wrong; the command line turns it into exit code 2. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
