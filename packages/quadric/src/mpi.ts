export { findLauncher, type Launcher } from "./distributed/launcher.ts";
export { type MpiOptions, mpi } from "./distributed/mpi-reducer.ts";
export { oneProcess } from "./distributed/one-process.ts";
