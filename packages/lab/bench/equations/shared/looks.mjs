/** Name and colour of a method in pictures. */
export const looks = {
  auto: ["quadric, default", "#4269d0"],
  "trust-region": ["trust region, products only", "#3ca951"],
  ssbroyden: ["SSBroyden", "#a463f2"],
  lbfgs: ["L-BFGS, 100 pairs", "#efb118"],
  adam: ["Adam, rate 0.001", "#ff725c"],
};
