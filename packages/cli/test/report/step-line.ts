/** A line of metrics.jsonl as tests write it. */
export const stepLine = (values: object): object => ({
  type: "step",
  gradientNorm: 1,
  ratio: 0.5,
  accepted: true,
  products: 2,
  outcome: "interior",
  counts: { backprops: 3, values: 1, gradients: 1, hvps: 2, ggnvps: 0, examples: 10 },
  epochs: 1,
  ...values,
});
