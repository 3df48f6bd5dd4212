/**
 * Fuel consumption of 392 cars (cars.csv, see cars.md) from cylinders, displacement, power, weight, acceleration, year
 * and origin:
 * 9-32-16-1 tanh on standardised numbers, squared error plus 1e-3·½‖w‖²; every fifth car is held out.
 */
import { readFileSync } from "node:fs";
import { compileObjective, losses, mlp, regularizers, supervised } from "quadric";

const origins = ["USA", "Europe", "Japan"];
const table = readFileSync(new URL("cars.csv", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => {
    const cells = line.split(",");
    return [...cells.slice(0, 7).map(Number), ...origins.map((name) => Number(name === cells[7]))];
  });
const isHeld = (i) => i % 5 === 4;
const training = table.filter((_, i) => !isHeld(i));
const scales = table[0].map((_, j) => {
  const column = training.map((row) => row[j]);
  const mean = column.reduce((a, b) => a + b) / column.length;
  return { mean, sd: Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length) };
});
const part = (list) => {
  const scaled = list.map((row) => row.map((x, j) => (x - scales[j].mean) / scales[j].sd));
  return {
    x: { shape: [list.length, 9], data: Float32Array.from(scaled.flatMap((row) => row.slice(1))) },
    y: { shape: [list.length, 1], data: Float32Array.from(scaled.map((row) => row[0])) },
  };
};
const train = part(training);
const held = part(table.filter((_, i) => isHeld(i)));
const network = mlp([9, 32, 16, 1], { activation: "tanh" });

export default {
  dtype: "float32",
  data: train,
  full: true,
  objective: (seed, backend) =>
    compileObjective(
      { ...supervised(network, losses.squaredError, { seed }), regularizer: regularizers.l2(1e-3) },
      { backend },
    ),
  loss: async (objective, w) => (await objective.value(w, train)).value,
  test: {
    name: "test error, miles a gallon",
    async measure(objective, w) {
      const { data } = await objective.predict(w, held);
      const squares = data.reduce((sum, z, i) => sum + (z - held.y.data[i]) ** 2, 0);
      return scales[0].sd * Math.sqrt(squares / data.length);
    },
  },
  targets: [0.04, 0.037, 0.036],
};
