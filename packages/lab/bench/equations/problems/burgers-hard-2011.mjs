/** B6b: Burgers' equation with the initial condition built in, by a network 3-30-30-30-1, 2,011 parameters, that of the least published error. */
import { burgersBuiltIn } from "../shared/burgers-built-in.mjs";

export default burgersBuiltIn([30, 30, 30]);
