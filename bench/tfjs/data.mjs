/** Data of our own, small enough for the plain backend of TensorFlow.js. */
import { fill } from "./tools.mjs";

/** n points of `features` numbers, and a smooth function of them with a little noise. */
export function table({ random, tensor }, n, features, noise = 0.05) {
  const values = fill(n * features, random.normal);
  const f = (i) => {
    let sum = 0;
    for (let j = 0; j < features; j++)
      sum += Math.sin(values[i * features + j] * (1 + j / features)) * (j % 2 ? -1 : 1);
    return sum + 0.5 * values[i * features] * values[i * features + (features > 1 ? 1 : 0)];
  };
  return {
    x: tensor([n, features], (i) => values[i]),
    values: fill(n, (i) => f(i) + noise * random.normal()),
    y: tensor([n, 1], (i) => f(i) + noise * random.normal()),
  };
}

/** n images of size×size with a bar that lies, stands or leans. */
export function bars({ random, tensor }, n, size, noise = 0.4) {
  const labels = Array.from({ length: n }, (_, i) => i % 3);
  const places = labels.map(() => random.below(size));
  const x = tensor([n, size, size, 1], (k) => {
    const [image, row, column] = [Math.floor(k / size ** 2), Math.floor((k % size ** 2) / size), k % size];
    const at = [row === places[image], column === places[image], (row + column) % size === places[image]][
      labels[image]
    ];
    return Number(at) + noise * random.normal();
  });
  return { x, labels };
}

/** n waves of `steps` values, of which the next one and the frequency are to be found. */
export function waves({ random, tensor }, n, steps, channels = 1) {
  const [rates, phases] = [fill(n, () => 0.2 + random.uniform()), fill(n, () => 6 * random.uniform())];
  const at = (i, t, c) => Math.sin(rates[i] * t + phases[i] + c);
  return {
    x: tensor([n, steps, channels], (k) =>
      at(Math.floor(k / (steps * channels)), Math.floor(k / channels) % steps, k % channels),
    ),
    next: tensor([n, 1], (i) => at(i, steps, 0)),
    shifted: tensor([n, steps, 1], (k) => at(Math.floor(k / steps), (k % steps) + 1, 0)),
    labels: Array.from(rates, (rate) => Number(rate > 0.7)),
  };
}

/** n sentences of `steps` words of which some are good and some bad; 0 is padding. */
export function sentences({ random, tensor }, n, steps, words) {
  const ids = fill(n * steps, (k) => (k % steps < 2 && random.uniform() < 0.3 ? 0 : 1 + random.below(words - 1)));
  const labels = Array.from({ length: n }, (_, i) => {
    let mood = 0;
    for (let t = 0; t < steps; t++) mood += ids[i * steps + t] === 0 ? 0 : (ids[i * steps + t] % 3) - 1;
    return Number(mood > 0);
  });
  return { x: tensor([n, steps], (k) => ids[k]), labels };
}
