// The door of `runs`: recipes (schema, resolution, differences),
// and run folders (claiming, resuming, listing, reading back).

export { checkSum, readModel, readState, remedyFor } from "./checkpoint-reading.ts";
export type { BestFigure, CheckpointState, Json } from "./checkpoint-state.ts";
export type { NamedArray, NamedArrays } from "./checkpoints.ts";
export { checkpointFolder, checkpointSteps, type Weights } from "./checkpoints.ts";
export { type Claim, checkName, createRun, type RunRequest } from "./claim.ts";
export { type Difference, describeDifferences, differences } from "./leaves.ts";
export { findRun, listRuns, type RunStatus, type RunSummary } from "./list.ts";
export { acquireLock, type Ending, type Lock, releaseLock } from "./lock.ts";
export { type MetricsLine, readMetrics } from "./metrics.ts";
export { type Execution, type RunOrigin, readOrigin, readRecipe } from "./origin.ts";
export { type Processes, systemProcesses } from "./process-identity.ts";
export { type Recipe, type RecipeInput, type RecipeObjective, type RecipeSchema, recipeSchema } from "./recipe.ts";
export type { ModelOptions, OptimizerOptions, TrainingOptions } from "./recipe-options.ts";
export { largestDivisor } from "./recipe-sizes.ts";
export {
  assign,
  type RecipeFile,
  type RecipeInputs,
  type ResolvedField,
  type ResolvedRecipe,
  readRecipeFile,
  resolveRecipe,
} from "./resolve.ts";
export { openRun, type Run, type Snapshot } from "./run.ts";
export type { Source, SourceKind } from "./value-layers.ts";
