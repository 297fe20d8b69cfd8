// The door `jepa/node`: what needs files, threads and the native engine: data, runs, training, evaluation.
export {
  type Batch,
  type Batches,
  fetchCifar10,
  openBatches,
  openPictures,
  type Pictures,
} from "./data/index.ts";
export {
  type Encoder,
  openEncoder,
  type PatchPlace,
  type PatchViews,
  type PatchViewsOptions,
  patchViews,
} from "./embedding/index.ts";
export { CorruptFile, type Fault, Interrupted, ShapeError, UserError } from "./errors/index.ts";
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  extractFeatures,
  type Figure,
  type FrozenEncoder,
  fitLinearProbe,
  predictClasses,
  readEncoders,
  reportRun,
} from "./evaluation/index.ts";
export { type PatchFigure, patchPicture, writePicture } from "./figures/index.ts";
export { readSafetensors, type StoredTensor, writeSafetensors } from "./files/index.ts";
export { type OpenedModel, openModel } from "./hub/index.ts";
export { findRun, listRuns, type Recipe, type RunSummary, readMetrics, resolveRecipe } from "./runs/index.ts";
export { openNodeRuntime, type Program, type Runtime } from "./runtime/index.ts";
export { type PrincipalBasis, principalComponents, project, rankMe } from "./spectra/index.ts";
export {
  type BeginRequest,
  type Begun,
  beginRun,
  resumeRun,
  type TrainingNews,
  type TrainingWorld,
  trainingRecipes,
} from "./training/index.ts";
