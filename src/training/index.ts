// The door of training: beginning and resuming runs, and what the pre-training loop is made of.

export {
  type BeginRequest,
  type Begun,
  beginRun,
  executionOf,
  resumeRun,
  type TrainingWorld,
  trainingRecipes,
} from "./begin.ts";
export { type BatchSizes, chooseMicroBatch } from "./micro-batch.ts";
export { createModelState, declaredBy, type ModelState, type StoredView } from "./model-state.ts";
export { collapseLimits, collapseWarning, measureHealth } from "./monitor.ts";
export {
  estimatedSeconds,
  measuredSeconds,
  type PlanOptions,
  planTraining,
  type StepTimer,
  type TrainingPlan,
} from "./plan.ts";
export { type PretrainOptions, pretrain, type TrainingNews } from "./pretrain.ts";
export { type ChoiceShapes, lossInputs, traceFeatures, traceGradients, traceLoss, traceTargets } from "./programs.ts";
export { type GraphOptions, type ProgramName, recipeGraph } from "./recipe-graph.ts";
export { type PictureValues, type Schedules, type StepOptions, Stepper, type StepResult } from "./step.ts";
