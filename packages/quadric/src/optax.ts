export { applyUpdates, type GradientTransformation, scaleByNorm, transformation } from "./optax/transformation.ts";
