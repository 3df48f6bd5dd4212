export { type KroneckerOptions, shampoo, soap } from "./norm/kronecker.ts";
