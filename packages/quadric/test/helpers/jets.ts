/**
 * Second-order jets: a number together with its gradient and Hessian in n variables, for exact derivatives of test
 * problems by another route than any engine under test.
 */
export class Jet {
  readonly value: number;
  readonly gradient: Float64Array;
  /** n × n, row-major. */
  readonly hessian: Float64Array;

  constructor(value: number, gradient: Float64Array, hessian: Float64Array) {
    this.value = value;
    this.gradient = gradient;
    this.hessian = hessian;
  }

  add(other: Jet | number): Jet {
    if (typeof other === "number") return new Jet(this.value + other, this.gradient, this.hessian);
    return new Jet(
      this.value + other.value,
      combined(1, this.gradient, 1, other.gradient),
      combined(1, this.hessian, 1, other.hessian),
    );
  }

  mul(other: Jet | number): Jet {
    if (typeof other === "number") return this.apply(this.value * other, other, 0);
    const [a, b, n] = [this, other, this.gradient.length];
    const hessian = combined(b.value, a.hessian, a.value, b.hessian);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        hessian[i * n + j] += a.gradient[i] * b.gradient[j] + a.gradient[j] * b.gradient[i];
      }
    }
    return new Jet(a.value * b.value, combined(b.value, a.gradient, a.value, b.gradient), hessian);
  }

  sub(other: Jet | number): Jet {
    return this.add(typeof other === "number" ? -other : other.mul(-1));
  }

  div(other: Jet | number): Jet {
    return typeof other === "number" ? this.mul(1 / other) : this.mul(other.pow(-1));
  }

  /** f(x) from f, f′ and f″ at the value. */
  apply(f: number, f1: number, f2: number): Jet {
    const { gradient, hessian: own } = this;
    const n = gradient.length;
    const hessian = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) hessian[i * n + j] = f1 * own[i * n + j] + f2 * gradient[i] * gradient[j];
    }
    return new Jet(f, combined(f1, gradient, 0, gradient), hessian);
  }

  pow(p: number): Jet {
    const x = this.value;
    // 0·x^{p−2} is 0 also where x^{p−2} is infinite.
    const [f1, f2] = [p * x ** (p - 1), p * (p - 1) === 0 ? 0 : p * (p - 1) * x ** (p - 2)];
    return this.apply(x ** p, f1, f2);
  }

  exp(): Jet {
    const e = Math.exp(this.value);
    return this.apply(e, e, e);
  }

  log(): Jet {
    const x = this.value;
    return this.apply(Math.log(x), 1 / x, -1 / (x * x));
  }

  sin(): Jet {
    const [s, c] = [Math.sin(this.value), Math.cos(this.value)];
    return this.apply(s, c, -s);
  }

  cos(): Jet {
    const [s, c] = [Math.sin(this.value), Math.cos(this.value)];
    return this.apply(c, -s, -c);
  }
}

/** ax + by. */
function combined(a: number, x: Float64Array, b: number, y: Float64Array): Float64Array {
  const sum = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) sum[i] = a * x[i] + b * y[i];
  return sum;
}

/** The independent variables at a point. */
export function variables(x: ArrayLike<number>): Jet[] {
  const n = x.length;
  return Array.from({ length: n }, (_, i) => {
    const gradient = new Float64Array(n);
    gradient[i] = 1;
    return new Jet(x[i], gradient, new Float64Array(n * n));
  });
}

export function sum(terms: readonly Jet[]): Jet {
  return terms.reduce((a, b) => a.add(b));
}
