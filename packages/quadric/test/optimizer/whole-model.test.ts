import { describe, expect, test } from "vitest";
import { closuresObjective } from "../../src/objective/closures.ts";
import type { Objective } from "../../src/objective/objective.ts";
import { endings } from "../../src/optimizer/convergence.ts";
import { confirmed, wholeModelAt } from "../../src/optimizer/whole-model.ts";
import type { Vector } from "../../src/vector/vector.ts";
import "../helpers/matchers.ts";
import { quadratic } from "../helpers/steps.ts";

/** ½Σ a_j(w_j − 1)² + c, and how often it was linearized. */
function bowl(a: readonly number[], c = 0) {
  const f = quadratic(a);
  const shifted = (w: Vector) => w.map((x) => x - 1) as Vector;
  const inner = closuresObjective(
    {
      ...f,
      value: (w) => (f.value(shifted(w), undefined) as number) + c,
      gradient: (w) => f.gradient(shifted(w), undefined),
    },
    a.length,
    { checkDeterminism: false },
  );
  let [linearized, disposed] = [0, 0];
  const objective: Objective<undefined> = {
    ...inner,
    async linearize(w, batch, kind) {
      linearized++;
      return { ...(await inner.linearize(w, batch, kind)), dispose: () => disposed++ };
    },
  };
  return { objective, seen: () => ({ linearized, disposed }) };
}

const place = (w: readonly number[]) => ({ w: Float64Array.from(w), batch: undefined, kind: "hessian" as const });
const wide = (d: number, value: number) => Array.from({ length: d }, () => value);

describe("confirmed()", () => {
  const claim = endings.gradient(1e-9);

  test("leaves other endings as they are, and looks once at what a claim is about", async () => {
    const { objective, seen } = bowl([1, 8]);
    const other = { status: "stalled", message: "…" } as const;
    expect(await confirmed(objective, other, place([3, 3]))).toBe(other);
    expect(seen().linearized).toBe(0);
    expect(await confirmed(objective, claim, place([1, 1]))).toBe(claim);
    expect(seen()).toEqual({ linearized: 1, disposed: 1 });
  });

  test("lets a claim stand at a minimum, on nobody's account", async () => {
    const { objective } = bowl([1e12, 8], 99);
    expect(await confirmed(objective, claim, place([1, 1]))).toBe(claim);
    expect(objective.ledger.counts()).toMatchObject({ gradients: 0, hvps: 0 });
  });

  test("takes back a claim if the model promises much of the loss in a direction of small gradient", async () => {
    // The gradient is −4 beside curvatures of 10¹²; the model promises ½·8·¼ = 1 of a loss of 100.
    const { objective } = bowl([1e12, 8], 99);
    expect(await confirmed(objective, claim, place([1, 0.5]))).toEqual({
      status: "stalled",
      message:
        "The gradient is small beside that of other parameters only: Newton's model promises 1e-2 of the loss. The parameters " +
        'have very different units; use the default method or "tr-exact", or scale them.',
    });
  });

  test("lets a claim stand where Newton's step changes no digit that counts, or the loss is nothing", async () => {
    // All of the loss is left to lose, by steps of 10⁻⁷ and 10⁻⁵.
    expect(await confirmed(bowl([2]).objective, claim, place([1 + 1e-7]))).toBe(claim);
    expect((await confirmed(bowl([2]).objective, claim, place([1 + 1e-5]))).status).toBe("stalled");
    const nothing = endings.loss();
    expect(await confirmed(bowl([2]).objective, nothing, place([1.5]))).toBe(nothing);
  });

  test("lets a claim stand that overflows", async () => {
    const objective = closuresObjective({ value: () => 1, gradient: () => [1e200], hvp: () => [1e-150] } as never, 1, {
      checkDeterminism: false,
    });
    expect(await confirmed(objective, claim, place([1]))).toBe(claim);
  });

  test("does not take a kink for a loss that has fallen to nothing", async () => {
    expect(await confirmed(bowl([-2]).objective, endings.loss(), place([1.5]))).toMatchObject({
      status: "stalled",
      message: "The loss has fallen to nothing, but its curvature is not that of a minimum: a kink.",
    });
  });
});

describe("wholeModelAt()", () => {
  const at = async (a: readonly number[], w: readonly number[], c = 0) => wholeModelAt(bowl(a, c).objective, place(w));

  test.each([2, 64, 65, 80])("promises ½‖g‖²_{B⁻¹} by Newton's step, of %d parameters", async (d) => {
    const a = Array.from({ length: d }, (_, j) => 10 ** ((j % 5) - 2));
    const model = (await at(a, wide(d, 2), 7))!;
    const decrement = a.reduce((sum, x) => sum + 0.5 * x, 0);
    expect(model.decrement).toBeAllclose(decrement, { relative: 1e-6 }); // a Krylov space of 100 products
    expect(model.magnitude).toBeAllclose(decrement + 7);
    expect(model.step).toBeAllclose(wide(d, -1), { relative: 1e-4 });
    expect(model.isConvex).toBe(true);
    if (d <= 64) expect([...model.a]).toEqual(a);
  });

  test("has |θ| for an eigenvalue below zero, and says that there is one", async () => {
    const model = (await at([2, -4], [2, 2]))!;
    expect(model.isConvex).toBe(false);
    expect(model.decrement).toBeAllclose(1 + 2);
    expect((await at([2, -1e-12], [2, 2]))!.isConvex).toBe(false); // in its own ellipsoid
    expect((await at([2, 0], [2, 2]))!.isConvex).toBe(true);
    const many = Array.from({ length: 70 }, (_, j) => (j === 3 ? -1 : 1));
    expect(await at(many, wide(70, 2))).toBeUndefined();
  });

  test.each([2, 70])("has nothing to say where something of %d parameters is not finite", async (d) => {
    for (const faulty of ["value", "gradient", "hvp"] as const) {
      const f = { ...quadratic(wide(d, 1)) };
      const spoilt = {
        ...f,
        [faulty]: faulty === "value" ? () => Number.NaN : () => new Float64Array(d).fill(Number.NaN),
      };
      const objective = closuresObjective(spoilt, d, { checkDeterminism: false });
      expect(await wholeModelAt(objective, place(wide(d, 2)))).toBeUndefined();
    }
  });

  test("costs nobody anything, and frees what it took", async () => {
    const { objective, seen } = bowl(wide(70, 3));
    await wholeModelAt(objective, place(wide(70, 2)));
    expect(seen()).toEqual({ linearized: 1, disposed: 1 });
    expect(objective.ledger.counts()).toMatchObject({ values: 0, gradients: 0, hvps: 0 });
  });
});
