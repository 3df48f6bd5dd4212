import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
// What recurrent layers of TensorFlow.js need beside its layers.
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import { beforeAll, describe, expect, test } from "vitest";
import { onnx } from "../../../src/compiler/backends/onnx/node.ts";
import { record } from "../../helpers/record.ts";
import { type Agreement, agreementOf } from "./agreement.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

// A campaign has thousands: MODELS=1:5000, the first seed and how many.
const [first, count] = (process.env.MODELS ?? "1:40").split(":").map(Number);

async function verdictOf(seed: number, limit?: number): Promise<Agreement> {
  try {
    return await agreementOf(seed, onnx(), limit);
  } catch (error) {
    return { verdict: "differs", what: (error as Error).stack ?? String(error), plan: [] };
  }
}

/** The model of fewest layers that fails too. */
async function shrunk(seed: number): Promise<string> {
  for (const limit of [0, 1, 2, 3, 4, 6, Number.POSITIVE_INFINITY]) {
    const { verdict, what, plan } = await verdictOf(seed, limit);
    if (verdict === "differs") return [`seed ${seed}, limit ${limit}: ${what}`, ...plan].join("\n  ");
  }
  return `seed ${seed}: not again`;
}

describe("random models", () => {
  test("are the same function of their weights, with the same gradient", async () => {
    const verdicts = new Map<string, number>();
    const reasons = new Map<string, number>();
    const failures: string[] = [];
    for (let seed = first; seed < first + count; seed++) {
      const { verdict, what } = await verdictOf(seed);
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      if (verdict === "differs") failures.push(await shrunk(seed));
      if (verdict === "by closures") {
        const reason = what.replace(/"[^"]*"/g, "…").replace(/.*in jax-js, but /, "");
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
    if (process.env.MODELS !== undefined) console.log(verdicts, reasons, failures.join("\n"));
    const tally = { verdicts: Object.fromEntries(verdicts), reasons: Object.fromEntries(reasons), failures };
    record("soak-tfjs", {
      command: "npm run soak:tfjs",
      seeds: [first, first + count - 1],
      ...tally,
      tfjs: tf.version_core,
    });
    expect(failures).toEqual([]);
    expect(verdicts.get("agrees")).toBeGreaterThan(0.7 * count);
  }, 0);
});
