/** The nets that the oracles are measured on, as pytorch_oracles.py has them. */
import { numpy as np } from "@jax-js/jax";
import { losses, mlp, supervised } from "quadric";
import { coordinates, laplacian, network, points } from "quadric/equations";
import { convnet } from "quadric/models";
import { systemOf } from "../packages/quadric/dist/equations/system.js";

const images = (count) => ({ shape: [count, 784], data: Float32Array.from({ length: count * 784 }, Math.random) });

function classifier(net, count) {
  const y = { shape: [count], data: Int32Array.from({ length: count }, () => Math.floor(10 * Math.random())) };
  return { problem: supervised(net, losses.crossEntropy), batch: { x: images(count), y } };
}

/** The mean of ½(Δu − sin πx sin πy)² at points of a square, Δu by the forward Laplacian. */
function poisson(hidden, count) {
  const [x, y] = coordinates("x", "y");
  const u = network([x, y], hidden);
  const source = x.mul(Math.PI).sin().mul(y.mul(Math.PI).sin());
  const square = { x: [0, 1], y: [0, 1] };
  const system = systemOf([{ residual: laplacian(u, [x, y]).sub(source), on: points.uniform(square, count) }]);
  const problem = {
    model: (arrays, columns) => system.residuals(arrays, columns),
    loss: (r) => np.multiply(0.5, np.mean(np.square(r))),
    params: system.init(1),
  };
  return { problem, batch: system.draw(1, 0) };
}

export const nets = {
  "mlp-128": () => classifier(mlp([784, 128, 10], { initializer: "lecun" }), 512),
  "mlp-512-256": () => classifier(mlp([784, 512, 256, 10], { initializer: "lecun" }), 512),
  autoencoder() {
    const net = mlp([784, 1000, 500, 250, 30, 250, 500, 1000, 784], { initializer: "lecun" });
    const loss = (z, target) => losses.binaryCrossEntropy(z, target).mul(1 / 784);
    return { problem: supervised(net, loss), batch: { x: images(512) } };
  },
  convnet: () => classifier(convnet(), 256),
  pinn: () => poisson([30, 30, 30, 30], 1000),
};
