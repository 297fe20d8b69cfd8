// The door of `spectra`: how features spread, by eigenvalues and principal components, on the host in float64.

export { type PrincipalBasis, principalComponents, project } from "./principal-components.ts";
export { covariance, effectiveRank, type FeatureRows, type Moments, rankMe, standardDeviations } from "./spectrum.ts";
