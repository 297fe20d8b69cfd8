// The evaluation of one model as data (what `jepa eval --json` prints), as rows for a picture, and as text for a terminal.
// Each result is held against the floors that share its method, and against the commonest class: a result whose 95%
// interval overlaps a floor's is "not distinguishable" from it, whatever the accuracies themselves say.
import type { Score, Standing } from "../figures/index.ts";
import { distinguishable, type Figure } from "./intervals.ts";

/** The three frozen-feature protocols that one encoder is scored by. */
export interface ProtocolFigures {
  readonly knn: Figure;
  /** Linear probe of the last layer. */
  readonly linear: Figure;
  /** Linear probe of the last four layers, concatenated. */
  readonly linearLast4: Figure;
}

/** What no learning at all reaches, measured on the same pictures. */
export interface Floors {
  readonly pixels: Pick<ProtocolFigures, "knn" | "linear">;
  readonly untrained: ProtocolFigures;
  /** Always answering the commonest class of the training pictures. */
  readonly majority: Figure;
}

/** RankMe of the trained and of the untrained encoder's features, out of `width`. */
export interface RankFigures {
  readonly trained: number;
  readonly untrained: number;
  readonly width: number;
}

/** A model's scores with their floors. */
export interface Evaluation {
  readonly model: string;
  readonly data: string;
  readonly samples: { readonly train: number; readonly test: number };
  readonly floors: Floors;
  readonly results: ProtocolFigures;
  readonly rank: RankFigures;
}

const knn = "weighted kNN";
const linear = "linear probe";
const pixelsName = "raw pixels";
const majorityName = "commonest class";

/** The evaluation as rows, method by method, results before floors and each with its verdict; the commonest class last. */
export function evaluationScores({ results, floors }: Evaluation): Score[] {
  const { pixels, untrained, majority } = floors;
  const commonest = floor(majorityName, "", majority);
  const untrainedKnn = floor("untrained", knn, untrained.knn);
  const untrainedLast = floor("untrained, last layer", linear, untrained.linear);
  const untrainedLast4 = floor("untrained, last four layers", linear, untrained.linearLast4);
  const pixelsKnn = floor(pixelsName, knn, pixels.knn);
  const pixelsLinear = floor(pixelsName, linear, pixels.linear);
  return [
    result("trained", knn, results.knn, [untrainedKnn, pixelsKnn, commonest]),
    untrainedKnn,
    pixelsKnn,
    result("trained, last layer", linear, results.linear, [untrainedLast, pixelsLinear, commonest]),
    result("trained, last four layers", linear, results.linearLast4, [untrainedLast4, pixelsLinear, commonest]),
    untrainedLast,
    untrainedLast4,
    pixelsLinear,
    commonest,
  ];
}

/** The evaluation as a plain text table of at most 80 columns (names of model and data aside), with what it was measured on above and below it. */
export function evaluationText(evaluation: Evaluation): string {
  const { model, data, samples, rank } = evaluation;
  const scores = evaluationScores(evaluation);
  const rows = scores.map(({ features, method, accuracy, interval, standing = "" }) => [
    features,
    method || "-",
    percent(accuracy),
    `${percent(interval[0])} to ${percent(interval[1])}`,
    standing,
  ]);
  const remarks = scores
    .filter(({ standing }) => standing === "level" || standing === "below")
    .map(({ features, method, verdict }) => `${features} (${method}): ${verdict}`);
  return [
    `${model} on ${data}: accuracy on ${count(samples.test)} test pictures, fitted on ${count(samples.train)}`,
    "",
    ...alignedRows([["features", "method", "accuracy", "95% interval", "floors"], ...rows]),
    "",
    ...remarks,
    ...(remarks.length > 0 ? [""] : []),
    `RankMe ${rank.trained.toFixed(1)} of ${rank.width} (untrained ${rank.untrained.toFixed(1)})`,
  ].join("\n");
}

function floor(features: string, method: string, figure: Figure): Score {
  return { features, method, kind: "floor", ...figure };
}

function result(features: string, method: string, figure: Figure, floors: readonly Score[]): Score {
  return { features, method, kind: "result", ...figure, ...judge(figure, floors) };
}

function judge(figure: Figure, floors: readonly Score[]): { standing: Standing; verdict: string } {
  const lost = floors.filter((floor) => distinguishable(figure, floor) && figure.accuracy < floor.accuracy);
  if (lost.length > 0) return { standing: "below", verdict: `below ${names(lost)}` };
  const level = floors.filter((floor) => !distinguishable(figure, floor));
  if (level.length > 0) return { standing: "level", verdict: `not distinguishable from ${names(level)}` };
  return { standing: "above", verdict: "above every floor" };
}

function names(floors: readonly Score[]): string {
  return floors.map(({ features }) => features).join(" and ");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** Columns padded to their widest cell, two spaces apart; the third (accuracy) is right-aligned. */
function alignedRows(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 2 ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join("  ")
      .trimEnd(),
  );
}
