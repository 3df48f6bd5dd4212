/** B2: Poisson's equation in two dimensions by a network 2-64-64-48-48-1, 9,873 parameters and 1,020 residuals. */
import { poisson } from "../shared/poisson.mjs";

export default poisson([64, 64, 48, 48]);
