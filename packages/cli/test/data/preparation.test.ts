/** A table becomes features: by names, from training rows alone, at any scale. */
import { describe, expect, test } from "vitest";
import { featuresOf, fitPreparation, preparationSchema, prepareInputs } from "../../src/data/preparation.ts";
import type { Column, Table } from "../../src/data/table.ts";
import { findColumn } from "../../src/data/table.ts";
import { suggestTask, targetsOf } from "../../src/data/target.ts";

/** A table of columns given as arrays: of numbers (NaN is missing), or of words ("" is missing). */
function tableOf(columns: Readonly<Record<string, readonly (number | string)[]>>): Table {
  const made = Object.entries(columns).map(([name, cells]): Column => {
    const levels = [...new Set(cells.filter((cell) => typeof cell === "string" && cell !== ""))] as string[];
    const values = Float64Array.from(cells, (cell) =>
      typeof cell === "number" ? cell : cell === "" ? Number.NaN : levels.indexOf(cell),
    );
    const missing = values.filter(Number.isNaN).length;
    return { name, kind: levels.length > 0 ? "category" : "number", values, levels, missing, note: "" };
  });
  return { rows: made[0].values.length, columns: made, reading: "" };
}

describe("fitPreparation()", () => {
  const table = tableOf({
    size: [1, 2, 3, 4, 5, Number.NaN],
    constant: [3, 3, 3, 3, 3, 3],
    town: ["a", "b", "a", "c", "", "a"],
    price: [10, 20, 30, 40, 50, 60],
  });
  const preparation = fitPreparation(table, { target: "price" });

  test("is plain JSON that its schema knows", () => {
    expect(preparationSchema.parse(JSON.parse(JSON.stringify(preparation)))).toEqual(preparation);
  });

  test("numbers are one feature, categories one a level, missing cells one more; constants none", () => {
    expect(featuresOf(preparation).map(({ name }) => name)).toEqual([
      "size",
      "size=missing",
      "town=a",
      "town=b",
      "town=c",
      "town=missing",
    ]);
    expect(preparation.dropped).toEqual([{ name: "constant", because: "the same in all rows" }]);
    const { data, shape } = prepareInputs(preparation, table);
    expect(shape).toEqual([6, 6]);
    const root = Math.sqrt(2);
    expect(Array.from(data, (x) => Number(x.toFixed(5)) + 0)).toEqual(
      [
        [-root, 0, 1, 0, 0, 0],
        [-root / 2, 0, 0, 1, 0, 0],
        [0, 0, 1, 0, 0, 0],
        [root / 2, 0, 0, 0, 1, 0],
        [root, 0, 0, 0, 0, 1],
        [0, 1, 1, 0, 0, 0],
      ]
        .flat()
        .map((x) => Number(x.toFixed(5))),
    );
  });

  test("goes by names: other orders and more columns give the same features, a missing one is named", () => {
    const { columns, rows } = table;
    const permuted = { ...table, columns: [...columns].reverse().concat({ ...columns[0], name: "extra" }) };
    expect(prepareInputs(preparation, permuted).data).toEqual(prepareInputs(preparation, table).data);
    expect(() => prepareInputs(preparation, { rows, columns: columns.slice(1), reading: "" })).toThrow(
      'table: must have the column "size", got "constant", "town", "price".',
    );
  });

  test("looks at training rows alone", () => {
    const fitted = fitPreparation(table, { target: "price", rows: Int32Array.of(0, 1, 2) });
    expect(fitted.inputs[0]).toMatchObject({ name: "size", indicator: false, shift: 2 });
    expect(fitted.inputs[1]).toMatchObject({ name: "town", levels: ["a", "b"], indicator: false });
    // A level and a missing cell that training did not have are no feature.
    expect(prepareInputs(fitted, table, Int32Array.of(3, 4)).data.subarray(1, 3)).toEqual(new Float32Array(2));
  });

  test("many levels are coded by the target: of training rows without their own, of others as the preparation has it", () => {
    const words = Array.from({ length: 100 }, (_, i) => (i % 25 === 24 ? "" : `w${(i * i) % 17}`));
    const many = tableOf({ words, y: words.map((word, i) => word.length + (i % 5) + 0.5) });
    const fitted = fitPreparation(many, { target: "y", maxLevels: 8 });
    expect(preparationSchema.parse(JSON.parse(JSON.stringify(fitted)))).toEqual(fitted);
    const [input] = fitted.inputs;
    if (input.kind !== "category" || !input.codes) throw new Error("must be coded");
    expect(featuresOf(fitted).map(({ name }) => name)).toEqual(["mean y of words", "rows of words"]);
    expect(input.codes.length).toBe(input.levels.length + 2);
    const later = tableOf({ words: ["never met", input.levels[0], ""] });
    const rows = [input.levels.length, 0, input.levels.length + 1].map((place) => input.codes![place]);
    expect(prepareInputs(fitted, later).data).toEqual(Float32Array.from(rows.flat()));

    const training = prepareInputs(fitted, many, undefined, true);
    expect(training).not.toEqual(prepareInputs(fitted, many));
    const reread = preparationSchema.parse(JSON.parse(JSON.stringify(fitted)));
    expect(prepareInputs(reread, many, undefined, true)).toEqual(training);
  });

  test("rare levels share a feature where there are too many classes for codes", () => {
    const words = Array.from({ length: 100 }, (_, i) => (i < 60 ? `w${i % 3}` : `rare${i}`));
    const many = tableOf({ words, y: words.map((_, i) => `class ${i % 5}`) });
    const fitted = fitPreparation(many, { target: "y", maxLevels: 4 });
    expect(featuresOf(fitted).map(({ name }) => name)).toEqual(["words=w0", "words=w1", "words=w2", "words=other"]);
    expect(Array.from(prepareInputs(fitted, many, Int32Array.of(1, 99)).data)).toEqual([0, 1, 0, 0, 0, 0, 0, 1]);
  });
});

describe("the target", () => {
  const taskOf = (values: (number | string)[], name = "y") => suggestTask(tableOf({ [name]: values }).columns[0]).task;

  test("prices, counts, ages and ratings are numbers; words and two values are classes", () => {
    expect(taskOf([100, 200, 300, 400])).toBe("numbers");
    expect(taskOf([2, 4, 6, 8, 10])).toBe("numbers");
    expect(taskOf([1, 2, 3, 4, 5, 5, 4], "rating")).toBe("numbers");
    expect(taskOf([1, 2, 3, 1, 2, 3], "class")).toBe("classes");
    expect(taskOf([-1, 1, 1, -1])).toBe("classes");
    expect(taskOf([100, 200, 100])).toBe("classes");
    expect(taskOf(["yes", "no"])).toBe("classes");
  });

  test("classes keep their names, whatever numbers code them", () => {
    const table = tableOf({ x: [1, 2, 3, 4], y: [200, 100, 100, 200] });
    const { target } = fitPreparation(table, { target: "y" });
    expect(target).toMatchObject({ task: "classes", classes: ["100", "200"] });
    expect(targetsOf(target, findColumn(table, "y"))).toEqual(Float64Array.of(1, 0, 0, 1));
    const other = tableOf({ x: [1], y: [300] });
    expect(() => targetsOf(target, findColumn(other, "y"))).toThrow(
      'target "y": must be one of "100", "200", got "300".',
    );
  });

  test("a single value is refused, and words as numbers", () => {
    const table = tableOf({ x: [1, 2], y: [7, 7], word: ["a", "b"] });
    expect(() => fitPreparation(table, { target: "y" })).toThrow("at least two different values");
    expect(() => fitPreparation(table, { target: "word", task: "numbers" })).toThrow("must be numbers");
  });
});
