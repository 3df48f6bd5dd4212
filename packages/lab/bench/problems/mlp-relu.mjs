/** Fashion-MNIST, 784-128-10 with rectified units. */
import { mlp } from "quadric";
import { classifier } from "./classifier.mjs";

export default classifier(mlp([784, 128, 10], { activation: "relu" }), { targets: [0.5, 0.4, 0.35] });
