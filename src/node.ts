// The door `jepa/node`: what needs files, threads and the native engine: data, runs, training, evaluation.
export {
  type Batch,
  type Batches,
  dataSetNames,
  exportPictures,
  fetchDataSet,
  openBatches,
  openPictures,
  type Pictures,
} from "./data/index.ts";
export {
  collect,
  type DuplicateGroup,
  type DuplicateOptions,
  duplicatePictures,
  type EmbedCollectionOptions,
  type EmbeddedCollection,
  type Embedding,
  type Encoder,
  embedCollection,
  embedQuery,
  type IndexPicturesOptions,
  type IndexUpdate,
  indexPictures,
  type LoadOptions,
  load,
  openEncoder,
  openIndex,
  openSearch,
  type PatchPlace,
  type PatchViews,
  type PatchViewsOptions,
  type PictureIndex,
  type PictureInput,
  type PictureSearch,
  patchViews,
  type SimilarPicture,
} from "./embedding/index.ts";
export { CorruptFile, type Fault, Interrupted, ShapeError, UserError } from "./errors/index.ts";
export {
  type Classifier,
  type ClassifierHead,
  classifyPictures,
  type EvaluateOptions,
  type EvaluateRunOptions,
  type Evaluation,
  evaluate,
  evaluateRun,
  extractFeatures,
  type Figure,
  type FrozenEncoder,
  fitLinearProbe,
  officialClassifier,
  predictClasses,
  readEncoders,
  readHead,
  reportRun,
  trainClassifier,
  writeHead,
} from "./evaluation/index.ts";
export { type PatchFigure, patchPicture, writePicture } from "./figures/index.ts";
export { readSafetensors, type StoredTensor, writeSafetensors } from "./files/index.ts";
export { exportDirectory, exportOnnx, type OpenedModel, openModel } from "./hub/index.ts";
export { objectives } from "./objectives/index.ts";
export { findRun, listRuns, type Recipe, type RunSummary, readMetrics, resolveRecipe } from "./runs/index.ts";
export { openNodeRuntime, type Program, type Runtime } from "./runtime/index.ts";
export { type PrincipalBasis, principalComponents, project, rankMe } from "./spectra/index.ts";
export {
  type BeginRequest,
  type Begun,
  beginRun,
  estimatedSeconds,
  measuredSeconds,
  type PlanOptions,
  planTraining,
  resumeRun,
  type TrainingNews,
  type TrainingPlan,
  type TrainingWorld,
  trainingRecipes,
} from "./training/index.ts";
