// The door of `figures`: pictures and pages drawn from numbers.
// Plain arrays in, SVG, PNG and HTML out; no tensors, no runs.

export { type ScoreChart, scoreChart } from "./bar-chart.ts";
export { type ContactSheet, contactSheet } from "./contact-sheet.ts";
export { type Drawing, drawingPng, standaloneSvg, type Table } from "./drawing.ts";
export { type FeatureFigure, type FeatureMaps, featureColours } from "./feature-colours.ts";
export {
  type Graph,
  type GraphArrow,
  type GraphBox,
  type GraphFigure,
  type GraphTensor,
  type GraphTotals,
  graphTotals,
} from "./graph.ts";
export { checkGraphPath, graphJson, writeGraph } from "./graph-files.ts";
export { foldBlocks } from "./graph-folding.ts";
export { type HeatMap, type HeatPanel, heatMap } from "./heat-map.ts";
export { type Floor, type Line, type LineChart, lineChart } from "./line-chart.ts";
export { type MaskFigure, type MaskSample, maskPicture } from "./mask-picture.ts";
export {
  type Hit,
  type LabelledPicture,
  type NeighbourFigure,
  type NeighbourRow,
  neighbourPicture,
} from "./neighbours.ts";
export { count, duration, gigabytes, numeral, percent, scientific } from "./numerals.ts";
export type { PatchGrid } from "./panels.ts";
export { type PatchFigure, patchPicture } from "./patch-picture.ts";
export { checkPicturePath, writePicture } from "./picture-files.ts";
export {
  type ReliabilityDiagram,
  type ReliabilityDot,
  type ReliabilitySeries,
  reliabilityDiagram,
} from "./reliability-diagram.ts";
export type {
  Curves,
  EvaluationFacts,
  MaskCoverage,
  Notice,
  Probes,
  Report,
  RunFacts,
  Setting,
} from "./report.ts";
export { type ReportFiles, writeReport } from "./report-files.ts";
export { renderReport } from "./report-page.ts";
export type { Score, Standing } from "./score.ts";
export { type DuplicateSheet, duplicateSheet, type HitSheet, hitSheet, type SheetPicture } from "./similar-sheet.ts";
