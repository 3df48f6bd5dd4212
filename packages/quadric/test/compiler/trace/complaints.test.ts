import { numpy as np } from "@jax-js/jax";
import { describe, expect, test } from "vitest";
import { compileObjective } from "../../../src/compiler/objective.ts";

type Arrays = Record<string, np.Array>;

const floats = (...data: number[]) => ({ shape: [data.length], data: Float64Array.from(data) });

/** What a user reads whose loss of w [2] and x [2] jax-js refuses. */
async function complaint(loss: (params: Arrays, batch: Arrays) => np.Array): Promise<string> {
  const objective = await compileObjective({ loss, params: { w: floats(1, 2) } as never }, { dtype: "float64" });
  const failure = objective.value(objective.initial, { x: floats(3, 4) });
  const error: Error = await failure.then(
    () => new Error("none"),
    (thrown) => thrown,
  );
  objective.dispose();
  expect(error.stack).toContain(error.message);
  return error.message;
}

const hereAt = /At .*complaints\.test\.ts.*:\d+:\d+\.$/;

describe("a loss that jax-js refuses", () => {
  test("is told which parameter it uses again, and how to", async () => {
    const message = await complaint(({ w }) => w.mul(w).sum());
    expect(message).toContain(
      'compileObjective: a loss gives "w", float64[2], to mul after it was used up. Functions of jax-js consume the arrays ' +
        "they are given: write w.ref at every use but the last.",
    );
    expect(message).toMatch(hereAt);
  });

  test("is told which data it uses again", async () => {
    const message = await complaint(({ w }, { x }) => np.matmul(x, w).add(np.sin(x).sum()));
    expect(message).toContain('gives "batch.x", float64[2], to sin after it was used up');
    expect(message).toContain("write x.ref at every use but the last");
  });

  test("is not blamed for a parameter when it is another array", async () => {
    const message = await complaint(({ w }) => {
      const y = np.sin(w);
      return y.mul(y).sum();
    });
    expect(message).toContain("gives an array float64[2], to mul after it was used up");
    expect(message).toMatch(hereAt);
  });

  test("is told that an array that it holds is used up by its first trace", async () => {
    const held = np.array([1, 2]);
    const loss = ({ w }: Arrays) => w.mul(held).sum();
    expect(await complaint(loss)).toBe("none");
    expect(await complaint(loss)).toContain(
      "compileObjective: a loss uses an array float32[2] that it holds and that has been used up. It is traced for every batch " +
        "shape and precision: write .ref wherever the array is used, as in x.mul(held.ref).",
    );
  });

  test("is told the operation, the shapes and the line when shapes do not fit", async () => {
    const message = await complaint(({ w }, { x }) => w.add(np.concatenate([x.ref, x])).sum());
    expect(message).toContain(
      "compileObjective: a loss cannot be traced: add: Incompatible array broadcast shapes: 2 vs 4.",
    );
    expect(message).toContain('It was given "w", float64[2]; "batch.x", float64[2].');
    expect(message).toMatch(hereAt);
    expect(await complaint(({ w }, { x }) => w.reshape([3]).add(x).sum())).toContain(
      "reshape: Invalid reshape: [2] -> [3]",
    );
  });

  test("keeps errors that are the user's", async () => {
    const message = await complaint(() => {
      throw new RangeError("no such layer");
    });
    expect(message).toBe("no such layer");
  });
});
