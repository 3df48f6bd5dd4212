/** Exact account of what a run's evaluations cost: integers, booked where the work is done. */

/** The oracles a ledger counts. A gradient includes its value, which is then not booked again. */
export type Oracle = "values" | "gradients" | "hvps" | "ggnvps";

export interface Counts {
  values: number;
  gradients: number;
  /** Hessian products. */
  hvps: number;
  /** Gauss–Newton products. */
  ggnvps: number;
  /** Examples touched, summed over all oracles. */
  examples: number;
  /** gradients + hvps + ggnvps: the honest axis. */
  backprops: number;
}

export interface Ledger {
  /** Books `times` evaluations of an oracle on `examples` examples each. */
  book(oracle: Oracle, examples: number, times?: number): void;
  counts(): Counts;
  /** Lets `work` evaluate at the cost of `other`; without one at nobody's. */
  aside<T>(work: () => Promise<T>, other?: Pick<Ledger, "book">): Promise<T>;
  /** Continues from the counts of a checkpoint. */
  restore(counts: Counts): void;
}

/** Takes what is not to be counted. */
const nobody: Pick<Ledger, "book"> = { book() {} };

export function makeLedger(): Ledger {
  let elsewhere: Pick<Ledger, "book"> | undefined;
  const booked = { values: 0, gradients: 0, hvps: 0, ggnvps: 0, examples: 0 };
  return {
    book(oracle, examples, times = 1) {
      if (elsewhere) return elsewhere.book(oracle, examples, times);
      booked[oracle] += times;
      booked.examples += examples * times;
    },
    async aside(work, other = nobody) {
      const before = elsewhere;
      elsewhere = other;
      try {
        return await work();
      } finally {
        elsewhere = before;
      }
    },
    counts() {
      return { ...booked, backprops: booked.gradients + booked.hvps + booked.ggnvps };
    },
    restore({ values, gradients, hvps, ggnvps, examples }) {
      Object.assign(booked, { values, gradients, hvps, ggnvps, examples });
    },
  };
}
