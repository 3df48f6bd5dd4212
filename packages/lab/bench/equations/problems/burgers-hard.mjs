/** B6b: Burgers' equation with the initial condition built in, by a network 3-20-20-20-1, 941 parameters. */
import { burgersBuiltIn } from "../shared/burgers-built-in.mjs";

export default burgersBuiltIn([20, 20, 20]);
