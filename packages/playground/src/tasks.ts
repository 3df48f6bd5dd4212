/** The training tasks by name, and what the page shows of each. */

export const tasks = {
  spiral: {
    label: "Two spirals",
    note: "A 2-16-16-2 tanh network separates the arms of two spirals. Shade: predicted probability; dots: the examples.",
    measure: "accuracy",
  },
  curve: {
    label: "A curve with noise",
    note: "A 1-16-16-1 tanh network is fitted to 120 noisy samples; the thin line is where they came from.",
    measure: "error",
  },
  poisson: {
    label: "A differential equation",
    note: "u″ = −k² sin kx with u(0) = u(1) = 0: the loss holds second derivatives of the network, the Hessian fourth ones. Thin: the solution.",
    measure: "error",
  },
  digits: {
    label: "Handwritten digits",
    note: "A 64-32-10 tanh network reads 8×8 digits, 512 in a batch. Below: test digits it has not seen, the misread ones marked.",
    measure: "accuracy",
  },
} as const;

export type TaskName = keyof typeof tasks;
export const taskNames = Object.keys(tasks) as readonly TaskName[];
