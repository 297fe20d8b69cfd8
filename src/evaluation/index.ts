// The door of `evaluation`: frozen-feature protocols, and the host mathematics of intervals and tables.

export {
  type Classifier,
  type ClassifierHead,
  type HeadModel,
  readHead,
  requireHeadPlace,
  writeHead,
} from "./classifier-head.ts";
export { type ClassifierTable, classifierTable } from "./classifier-table.ts";
export {
  type ClassifiedPicture,
  type ClassifyOptions,
  classifyPictures,
  classProbabilities,
  type Guess,
  officialClassifier,
  requireSameModel,
} from "./classify.ts";
export {
  type BeforeAndAfter,
  type CrossValidatedProbe,
  type CrossValidateOptions,
  crossValidatedProbe,
  type ProbeFigures,
} from "./cross-validation.ts";
export { type EvaluateRunOptions, evaluateRun, quickSamples } from "./evaluate-run.ts";
export {
  type EvaluatedCheckpoint,
  type EvaluationRecord,
  readEvaluation,
  type StoredEvaluation,
  writeEvaluation,
} from "./evaluation-file.ts";
export {
  type EncoderRecipe,
  type ExtractOptions,
  extractFeatures,
  extractPatches,
  type Features,
  type FrozenEncoder,
  frozenEncoder,
} from "./features.ts";
export { accuracyFigure, distinguishable, type Figure } from "./intervals.ts";
export { fitLinearProbe, type LinearProbe, type ProbeOptions, predictClasses } from "./linear-probe.ts";
export {
  type LogisticFit,
  type LogisticOptions,
  type LogisticProblem,
  openLogistic,
  type TrainingRows,
} from "./logistic.ts";
export {
  classifyByNeighbours,
  type LabelledRows,
  type Nearest,
  type NeighbourOptions,
  nearestRows,
  type Rows,
} from "./neighbours.ts";
export { type EvaluateOptions, evaluate, type MeasuredEvaluation, type Protocol } from "./protocol.ts";
export { quickProbe, quickProbeSamples } from "./quick-probe.ts";
export { type Reliability, type ReliabilityBin, reliabilityOf } from "./reliability.ts";
export type { CollapseMonitor, Health } from "./run-curves.ts";
export { type CheckpointChoice, type RunEncoders, readEncoders, readRunRecipe } from "./run-encoders.ts";
export { composeReport, type ReportRunOptions, reportRun, type WrittenReport } from "./run-report.ts";
export { requireLabels } from "./splits.ts";
export {
  type Evaluation,
  type EvaluationTable,
  evaluationScores,
  evaluationTable,
  type Floors,
  type ProtocolFigures,
  type RankFigures,
} from "./table.ts";
export { fitTemperature, type ScoredRows } from "./temperature.ts";
export {
  type TrainClassifierOptions,
  type TrainedClassifier,
  trainClassifier,
} from "./train-classifier.ts";
