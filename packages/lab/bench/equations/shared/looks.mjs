/** Name and colour of a method in pictures. */
export const looks = {
  auto: ["quadric, default", "#4269d0"],
  "gauss-newton": ["Gauss–Newton, asked for", "#38b2c8"],
  "trust-region": ["trust region, products only", "#2f8f45"],
  ssbroyden: ["SSBroyden", "#a463f2"],
  lbfgs: ["L-BFGS, 100 pairs", "#a07400"],
  adam: ["Adam, rate 0.001", "#d9503a"],
};

/** Title of a problem, in the order of pictures. */
export const titles = {
  "poisson-257": "Poisson, 257",
  "poisson-9873": "Poisson, 9,873",
  "heat-257": "heat, 257",
  "heat-9873": "heat, 9,873",
  "poisson-engd": "Poisson, 129",
  helmholtz: "Helmholtz, 2,971",
  "burgers-soft": "Burgers, soft, 1,341",
  "burgers-hard": "Burgers, built in, 941",
  "burgers-hard-2011": "Burgers, built in, 2,011",
  "burgers-viscous": "Burgers, ν = 0.01, 1,361",
  convection: "convection, 5,301",
  reaction: "reaction, 5,301",
  wave: "wave, 5,301",
  "allen-cahn": "Allen–Cahn, 2,011",
  "nonlinear-poisson": "Δu − eᵘ = f, 1,051",
  "poisson-5d": "Poisson, 5 dimensions, 449",
  kdv: "Korteweg–de Vries, 1,981",
};
