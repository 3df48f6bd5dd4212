/** The training tasks by name, and what the page shows of each. */

export const tasks = {
  curve: {
    label: "A curve with noise",
    note: "50 noisy samples (dots) and a 1-16-16-1 network of 321 parameters, which can learn the noise by heart. 50 more samples are held out. Thin: where the samples came from.",
    measure: "error",
  },
  spiral: {
    label: "Two spirals",
    note: "A 2-16-16-2 tanh network separates the arms of two spirals. Shade: predicted probability; dots: the examples.",
    measure: "accuracy",
  },
  digits: {
    label: "Handwritten digits",
    note: "A 64-32-10 tanh network reads 8×8 digits, 512 in a batch. Below: test digits it has not seen, the misread ones marked.",
    measure: "accuracy",
  },
} as const;

export type TaskName = keyof typeof tasks;
export const taskNames = Object.keys(tasks) as readonly TaskName[];
