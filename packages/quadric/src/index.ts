// So that float64 arrays of jax-js can be made on Node 20 and 22.
import "./compiler/trace/float16-array.ts";

export type { Backend } from "./compiler/backends/backend.ts";
export { type JaxOptions, jax } from "./compiler/backends/jax/backend.ts";
export { wasm } from "./compiler/backends/wasm/backend.ts";
export { type CompiledObjective, type CompileOptions, compileObjective } from "./compiler/objective.ts";
export type { ModelProblem, Problem } from "./compiler/problem.ts";
export { special } from "./compiler/special.ts";
export type { LinearOperator } from "./curvature/operator.ts";
export { ConfigError, ShapeError, UnsupportedPrimitiveError } from "./errors.ts";
export { curveFit, type PreparedFit } from "./fitting/curve-fit.ts";
export type { Complex, CurveData, CurveModel, ModelShape } from "./fitting/curve-model.ts";
export type { FitNote, FitNoteKind } from "./fitting/fit-notes.ts";
export type { CurveFitOptions, CurveFitResult } from "./fitting/fit-once.ts";
export { jaxModel } from "./fitting/jax-model.ts";
export { type LeastSquaresOptions, type LeastSquaresResult, leastSquares } from "./fitting/least-squares.ts";
export type { MultistartOptions, MultistartReport } from "./fitting/multistart.ts";
export type { ParameterValues } from "./fitting/parameter-set.ts";
export type { Band, BandOptions } from "./fitting/prediction.ts";
export type { RobustLoss } from "./fitting/robust-loss.ts";
export { type Formula, type FormulaOptions, formula } from "./formula/formula.ts";
export type { ActivationName } from "./models/activations.ts";
export type { InitializerName } from "./models/initializers.ts";
export type { DenseLayer } from "./models/layers.ts";
export { type Loss, losses } from "./models/losses.ts";
export { type MlpOptions, mlp, type Network } from "./models/mlp.ts";
export { type Regularizer, regularizers } from "./models/regularizers.ts";
export { type SupervisedBatch, type SupervisedOptions, supervised } from "./models/supervised.ts";
export type { FullMatrixOptions } from "./norm/full-matrix.ts";
export type { HutchinsonOptions } from "./norm/hutchinson.ts";
export type { Norm } from "./norm/norm.ts";
export { norms } from "./norm/norms.ts";
export {
  type Closures,
  type ClosuresObjective,
  type ClosuresOptions,
  closuresObjective,
} from "./objective/closures.ts";
export type { Counts, Ledger } from "./objective/ledger.ts";
export type { CurvatureKind, Evaluation, Linearization, Objective } from "./objective/objective.ts";
export { type AutoOptions, auto } from "./optimizer/auto.ts";
export { type AdagradOptions, adagrad } from "./optimizer/first-order/adagrad.ts";
export { type AdamOptions, type AdamwOptions, adam, adamw } from "./optimizer/first-order/adam.ts";
export { type CdatOptions, cdat } from "./optimizer/first-order/cdat.ts";
export { type SteepestDescentOptions, steepestDescent } from "./optimizer/first-order/first-order.ts";
export type { LearningRate, RateRule } from "./optimizer/first-order/learning-rate.ts";
export { type RmspropOptions, rmsprop } from "./optimizer/first-order/rmsprop.ts";
export { type Schedule, schedules } from "./optimizer/first-order/schedule.ts";
export { type ScheduleFreeOptions, scheduleFree } from "./optimizer/first-order/schedule-free.ts";
export { type SgdOptions, sgd } from "./optimizer/first-order/sgd.ts";
export type { DampingRun, DampingSearch, DampingSearchName, Trial, Trials } from "./optimizer/gauss-newton/damping.ts";
export { type GaussNewtonOptions, gaussNewton } from "./optimizer/gauss-newton/gauss-newton.ts";
export { type LbfgsOptions, lbfgs } from "./optimizer/lbfgs/lbfgs.ts";
export { type SsbroydenOptions, ssbroyden } from "./optimizer/lbfgs/ssbroyden.ts";
export { type CubicRegularizationOptions, cubicRegularization } from "./optimizer/newton/cubic-regularization.ts";
export type { RatioBatch } from "./optimizer/newton/evaluation-batch.ts";
export { type TrustRegionOptions, trustRegion } from "./optimizer/newton/trust-region.ts";
export type {
  BatchIndices,
  BatchSource,
  Choice,
  Optimizer,
  OptimizerRun,
  StartOptions,
  Status,
  StepRecord,
} from "./optimizer/optimizer.ts";
export type { Model, StoppingRule, SubproblemOptions, SubproblemSolver } from "./subproblem/solver.ts";
export type { Outcome, Step } from "./subproblem/step.ts";
export { subproblems } from "./subproblem/subproblems.ts";
export { type BatchesOptions, makeBatches, type ResumableBatches } from "./training/batches.ts";
export type {
  CheckpointOptions,
  CheckpointStore,
  TrainingState,
} from "./training/checkpoint.ts";
export { type FitOptions, fit, type Run } from "./training/fit.ts";
export type { FrozenMask } from "./training/frozen.ts";
export { minimizeLeastSquares, type ResidualClosures } from "./training/least-squares.ts";
export type { StepEvent } from "./training/loop.ts";
export { type MinimizeMethod, type MinimizeOptions, type MinimizeResult, minimize } from "./training/minimize.ts";
export type { Reducer, ReducerOptions } from "./training/reducer.ts";
export { type StepCallback, type TrainOptions, type TrainResult, train } from "./training/train.ts";
export type { ValidationOptions } from "./training/validation.ts";
export type { Layout } from "./vector/layout.ts";
export type { State } from "./vector/state.ts";
export { type NestedNumbers, type Tensor, type TensorData, type TensorTree, tensor } from "./vector/tensor.ts";
export type { Dtype, Vector } from "./vector/vector.ts";
