/** Fashion-MNIST, 784-128-10 tanh. */
import { mlp } from "quadric";
import { classifier } from "./classifier.mjs";

export default classifier(mlp([784, 128, 10], { activation: "tanh" }), { targets: [0.5, 0.4, 0.35] });
