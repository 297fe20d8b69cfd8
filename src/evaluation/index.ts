// The door of `evaluation`: frozen-feature protocols, and the host mathematics of spectra, intervals and tables.

export { accuracyFigure, distinguishable, type Figure } from "./intervals.ts";
export { type PrincipalBasis, principalComponents, project } from "./principal-components.ts";
export { covariance, effectiveRank, type FeatureRows, type Moments, rankMe, standardDeviations } from "./spectrum.ts";
export {
  type Evaluation,
  type EvaluationTable,
  evaluationScores,
  evaluationTable,
  type Floors,
  type ProtocolFigures,
  type RankFigures,
} from "./table.ts";
