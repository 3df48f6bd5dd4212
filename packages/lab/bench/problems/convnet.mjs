/** Fashion-MNIST, convolutions 5×5(8) and 5×5(16) with rectified units and pooling, then 64 and 10 units. */
import { convnet } from "quadric/models";
import { classifier } from "./classifier.mjs";

export default classifier(convnet({ features: [8, 16], units: [64, 10] }), { targets: [0.6, 0.4, 0.3] });
