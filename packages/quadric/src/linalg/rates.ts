/**
 * How fast an engine works on dense matrices, found once an engine and precision and kept for the process, by workClock:
 *
 *   product 2mkn/R seconds      factorisation αm² + βm³ seconds
 *
 * R is that of a product of 512 × 512, α and β those of factorisations of 128 and 512. A tenth of a second in all; an
 * engine that is slow at 128 already is not tried at 512.
 */
import { makeRandom, normalVector } from "../vector/random.ts";
import { type Dtype, zeros } from "../vector/vector.ts";
import { blockedCholesky } from "./blocked-cholesky.ts";
import type { MatrixEngine } from "./matrix-engine.ts";
import { leastTime, workClock } from "./work-clock.ts";

export interface MatrixRates {
  /** Seconds of AB, [m, k] by [k, n]. */
  product(m: number, k: number, n: number): number;
  /** Seconds of a Cholesky factorisation of [m, m]. */
  factorization(m: number): number;
}

const [small, large] = [128, 512];
const repeats = 3;
/** Seconds of a product of 128 × 128: 0.2 GFLOP/s. */
const slow = 0.02;
const known = new Map<string, Promise<MatrixRates>>();

/** The rates of this engine; engines of one name are alike. */
export function ratesOf(engine: MatrixEngine, dtype: Dtype): Promise<MatrixRates> {
  const key = `${engine.name} ${dtype}`;
  return known.get(key) ?? known.set(key, measure(engine, dtype)).get(key)!;
}

async function measure(engine: MatrixEngine, dtype: Dtype): Promise<MatrixRates> {
  const data = normalVector(makeRandom(1), large * large);
  const X = zeros(large * large, dtype);
  X.set(data);
  const now = workClock(engine);
  const product = (m: number) => {
    const part = X.subarray(0, m * m);
    return leastTime(now, () => engine.multiply(part, part, { m, k: m, n: m, transposeA: true }), { repeats });
  };
  const factor = (m: number) =>
    leastTime(now, () => blockedCholesky(X.subarray(0, m * m), m, { engine, shift: 1e3 * m }), { repeats });
  const [ofSmall, growth] = [await product(small), (large / small) ** 3];
  const ofFactor = await factor(small);
  if (ofSmall > slow) return ratesFrom(growth * ofSmall, ofFactor, growth * ofFactor);
  return ratesFrom(await product(large), ofFactor, await factor(large));
}

/** From the seconds of a product of 512 and of factorisations of 128 and 512. */
export function ratesFrom(product: number, ofSmall: number, ofLarge: number): MatrixRates {
  // Both terms are ≥ 0: times carry noise.
  const beta = Math.max(0, (ofLarge / large ** 2 - ofSmall / small ** 2) / (large - small));
  const alpha = Math.max(0, ofLarge / large ** 2 - beta * large);
  return {
    product: (m, k, n) => (product * m * k * n) / large ** 3,
    factorization: (m) => alpha * m ** 2 + beta * m ** 3,
  };
}
