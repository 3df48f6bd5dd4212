/** B1: Poisson's equation in two dimensions by a network 2-64-1, 257 parameters. */
import { poisson } from "../shared/poisson.mjs";

export default poisson([64]);
