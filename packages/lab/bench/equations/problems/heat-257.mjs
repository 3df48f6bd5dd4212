/** B3: the heat equation by a network 2-64-1, 257 parameters. */
import { heat } from "../shared/heat.mjs";

export default heat([64]);
