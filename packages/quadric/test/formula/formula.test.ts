import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { erf, erfc } from "../../src/formula/error-function.ts";
import { formula } from "../../src/formula/formula.ts";
import { functions } from "../../src/formula/functions.ts";
import { parseEquation } from "../../src/formula/parse.ts";
import { formulaText, javascriptText } from "../../src/formula/print.ts";
import { makeRandom } from "../../src/vector/random.ts";

/** The value of a formula without variables, for these parameters. */
function valueAt(text: string, parameters: Record<string, number> = { a: 1 }): number {
  const { parameters: names, evaluate } = formula(`${text} + 0*a`);
  const out = new Float64Array(1);
  evaluate(
    names.map((name) => parameters[name]),
    [],
    out,
  );
  return out[0];
}

describe("the grammar", () => {
  test.each([
    ["1 + 2*3", 7],
    ["10 - 2 - 3", 5],
    ["16/4/2", 2],
    ["2^3^2", 512],
    ["2**3", 8],
    ["-2^2", -4],
    ["(-2)^2", 4],
    ["2^-1", 0.5],
    ["--3", 3],
    ["+3", 3],
    ["2*-3", -6],
    ["1.5e-3 + .5 + 2.", 2.5015],
    ["3 − 2·4 + 6÷3", -3],
    ["cos(pi) + log(e)", 0],
    ["max(1, 2) + min(1, 2) + pow(2, 3) + atan2(0, 1)", 11],
    ["ln(exp(2))", 2],
  ])("%s is %d", (text, value) => {
    expect(valueAt(text)).toBeCloseTo(value, 14);
  });

  test.each([
    ["", /expected a number, a name or "\(", got the end at column 1/],
    ["a*", /expected a number, a name or "\(", got the end at column 3/],
    ["a**x*", /got the end at column 6/],
    ["2x", /expected an operator or the end, got "x" at column 2\. A product is written with \*/],
    ["a(x)", /expected one of the functions .*, got "a" at column 1\. A product is written a\*\(…\)/],
    ["a x", /expected an operator or the end, got "x" at column 3/],
    ["(a + x", /expected "\)" or an operator, got the end at column 7/],
    ["a + x)", /expected an operator or the end, got "\)" at column 6/],
    ["exp", /expected "\(" after the function exp, got the end at column 4/],
    ["exp x", /expected "\(" after the function exp, got "x" at column 5/],
    ["max(a)", /expected 2 arguments of max, not 1, got "\)" at column 6/],
    ["exp(a, x)", /expected 1 argument of exp, not 2, got "\)" at column 9/],
    ["a $ x", /expected a number, a name or an operator, got "\$" at column 3/],
    ["a*x²", /got "²" at column 4\. A square is written x\^2\./],
    ["a' = x", /got "'" at column 2\. A derivative is written u_t\./],
    ["a + 😀", /got "😀" at column 5/],
    ["1e999*a", /expected a number below 1\.8e308, got "1e999" at column 1/],
    ["sin(x)", /must have a parameter to fit, got none/],
    [`${"(".repeat(5000)}a`, /expected at most 200 levels/],
    [`${"-".repeat(5000)}a`, /expected at most 200 levels/],
    ["constructor(x)", /expected one of the functions/],
  ])("%s is refused with its place", (text, message) => {
    expect(() => formula(text)).toThrow(message);
  });

  test("text of any kind is a formula or refused, and nothing else", () => {
    const parts = [
      "a",
      "x",
      "1",
      "2.5e3",
      "+",
      "-",
      "*",
      "/",
      "^",
      "(",
      ")",
      ",",
      "=",
      "exp",
      "max",
      "`",
      " ",
      "pi",
      "é",
      "𝑥",
      "'",
    ];
    const random = makeRandom(3);
    let formulas = 0;
    for (let i = 0; i < 3000; i++) {
      const text = Array.from({ length: 1 + random.integer(9) }, () => parts[random.integer(parts.length)]).join("");
      try {
        const { text: printed } = formula(text);
        expect(formula(printed).text).toBe(printed);
        formulas++;
      } catch (error) {
        expect(error, text).toBeInstanceOf(ConfigError);
      }
    }
    expect(formulas).toBeGreaterThan(50);
  });

  test("names are parameters but for the variables, in the order in which they appear", () => {
    const { parameters, variables, result } = formula("y = B*exp(-k*t) + σ_0*`dose (mg)`", {
      variables: ["dose (mg)", "t", "unused"],
    });
    expect(parameters).toEqual(["B", "k", "σ_0"]);
    expect(variables).toEqual(["dose (mg)", "t"]);
    expect(result).toBe("y");
  });

  test.each(["toString", "constructor", "__proto__", "hasOwnProperty"])("%s is a name like any other", (name) => {
    expect(formula(`${name}*x`).parameters).toEqual([name]);
  });

  test("a formula printed reads as the same formula, in its own grammar and in JavaScript", () => {
    for (const text of [
      "a - (b - x)",
      "a - b - x",
      "a/(b*x)",
      "a/b*x",
      "-(a + b)*x",
      "-(-a)",
      "(a^b)^x",
      "a^b^x",
      "a^-x",
      "(-a)^2",
      "-a^2",
      "2*-a",
      "a - -b",
      "exp(-x/(2*a^2))*(b + 1)",
    ]) {
      const { right } = parseEquation(text);
      expect(parseEquation(formulaText(right)).right).toEqual(right);
      const compiled = new Function("a", "b", "x", `return ${javascriptText(right, (name) => name)}`);
      const { parameters, variables, evaluate } = formula(text);
      const [values, point] = [new Float64Array(1), { a: 1.3, b: 0.7, x: 2.1 } as Record<string, number>];
      evaluate(
        parameters.map((name) => point[name]),
        variables.map(() => [2.1]),
        values,
      );
      expect(compiled(1.3, 0.7, 2.1), text).toBeCloseTo(values[0], 14);
    }
  });
});

describe("values and derivatives", () => {
  const inputs: Record<string, readonly number[]> = {
    acosh: [1.3, 4],
    asin: [-0.6, 0.2],
    acos: [-0.6, 0.2],
    atanh: [-0.6, 0.2],
    log: [0.3, 4],
    ln: [0.3, 4],
    log2: [0.3, 4],
    log10: [0.3, 4],
    sqrt: [0.3, 4],
    cbrt: [-0.3, 4],
  };

  test.each(Object.keys(functions).filter((name) => /^[a-z]/.test(name) && name !== "negative"))(
    "%s has the derivatives of its differences",
    (name) => {
      const isBinary = functions[name as keyof typeof functions].partials.length === 2;
      const { evaluate } = formula(isBinary ? `${name}(a, b)` : `${name}(a)`);
      const at = (...point: number[]) => {
        const out = new Float64Array(1);
        evaluate(point, [], out);
        return out[0];
      };
      for (const a of inputs[name] ?? [-0.8, 0.4, 3.1]) {
        const point = isBinary ? [Math.abs(a), 1.7] : [a];
        const jacobian = new Float64Array(point.length);
        evaluate(point, [], new Float64Array(1), jacobian);
        point.forEach((p, j) => {
          const h = 1e-5;
          const moved = (by: number) => at(...point.map((q, i) => (i === j ? p + by : q)));
          const slope = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
          // Differences of the fourth order at 1e-5 keep ten digits.
          expect(jacobian[j]).toBeCloseTo(slope, 8);
        });
      }
    },
  );

  test("the Jacobian of 1,000 points over many blocks is that of the closed form", () => {
    const { evaluate } = formula("a*exp(-b*x) + c*exp(-b*x)^2 + a");
    const x = Float64Array.from({ length: 1000 }, (_, i) => i / 300);
    const [values, jacobian] = [new Float64Array(1000), new Float64Array(3000)];
    const [a, b, c] = [2, 0.7, -0.4];
    evaluate([a, b, c], [x], values, jacobian);
    x.forEach((x, i) => {
      const E = Math.exp(-b * x);
      expect(values[i]).toBeCloseTo(a * E + c * E * E + a, 14);
      expect(jacobian[i]).toBeCloseTo(E + 1, 14);
      expect(jacobian[1000 + i]).toBeCloseTo(-x * a * E - 2 * x * c * E * E, 14);
      expect(jacobian[2000 + i]).toBeCloseTo(E * E, 14);
    });
  });

  test.each([
    ["a*x^b", [0, 0]],
    ["sqrt(a*x) + 0*b", [0, 0]],
    ["a*x^2 + b*abs(x)", [0, 0]],
  ])("%s has finite derivatives at x = 0", (text, expected) => {
    const jacobian = new Float64Array(2);
    formula(text).evaluate([2, 0.5], [[0]], new Float64Array(1), jacobian);
    expect([...jacobian]).toEqual(expected);
  });

  test("a formula that is one parameter, or one without a variable, is a constant", () => {
    const values = new Float64Array(300);
    const jacobian = new Float64Array(300);
    formula("a").evaluate([3], [], values, jacobian);
    expect(values.every((value) => value === 3) && jacobian.every((slope) => slope === 1)).toBe(true);
  });

  test("erf and erfc agree with values of 20 digits, in the tail relatively", () => {
    // From scipy.special.
    expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 15);
    expect(erf(-2)).toBeCloseTo(-0.9953222650189527, 15);
    expect(erf(3)).toBeCloseTo(0.9999779095030014, 15);
    expect(erfc(-1)).toBeCloseTo(1.8427007929497148, 15);
    expect(erfc(3) / 2.209049699858544e-5).toBeCloseTo(1, 13);
    expect(erfc(10) / 2.088487583762545e-45).toBeCloseTo(1, 13);
    expect(erfc(2.5) / 4.069520174449589e-4).toBeCloseTo(1, 13);
    expect(erf(1e-300)).toBe((2 / Math.sqrt(Math.PI)) * 1e-300);
  });
});

describe("linear parameters", () => {
  test.each([
    ["a + b*x + c*x^2", "a b c"],
    ["a*exp(-b*x) + c", "a c"],
    ["a*exp(-(x - m)^2/(2*s^2)) + b*x + c", "a b c"],
    ["a/(1 + exp(-k*(x - m)))", "a"],
    ["v*x/(K + x)", "v"],
    ["a*b*x", "a"],
    ["a*(b + x)", "a"],
    ["a/b + c", "a c"],
    ["(a + b*x)/(1 + c*x)", "a b"],
    ["exp(a + b*x)", ""],
    ["a*sin(w*x) + b*cos(w*x) + c", "a b c"],
    ["a^2*x + b", "b"],
    ["-(a - 2*b)*x", "a b"],
  ])("of %s are %s", (text, expected) => {
    expect(formula(text).linear.join(" ")).toBe(expected);
  });
});
