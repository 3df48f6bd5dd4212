/** B3: the heat equation by a network 2-64-64-48-48-1, 9,873 parameters and 1,020 residuals. */
import { heat } from "../shared/heat.mjs";

export default heat([64, 64, 48, 48]);
