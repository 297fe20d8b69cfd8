// The evaluation of one model as data (what `jepa eval --json` prints), as rows for a picture, and as cells for a
// table. Each result is held against the floors that share its method, and against the commonest class: a result
// whose 95% interval overlaps a floor's is "not distinguishable" from it, whatever the accuracies themselves say.
import { count, percent, type Score, type Standing } from "../figures/index.ts";
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

/**
 * The evaluation as rows, method by method, results before floors and each with its verdict; the commonest class last.
 */
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

/** The evaluation as the cells of a table, with the sentences that belong above and below it. */
export interface EvaluationTable {
  readonly caption: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** One sentence for each result that does not stand above all its floors, then the rank. */
  readonly remarks: readonly string[];
}

/** The evaluation as a table: five columns that fit 80 characters, what it was measured on, and what the floors say. */
export function evaluationTable(evaluation: Evaluation): EvaluationTable {
  const { model, data, samples, rank } = evaluation;
  const scores = evaluationScores(evaluation);
  const doubts = scores
    .filter(({ standing }) => standing === "level" || standing === "below")
    .map(({ features, method, verdict }) => `${features} (${method}): ${verdict}`);
  return {
    caption: `${model} on ${data}: accuracy on ${count(samples.test)} test pictures, fitted on ${count(samples.train)}`,
    headings: ["features", "method", "accuracy", "95% interval", "floors"],
    rows: scores.map(({ features, method, accuracy, interval, standing = "" }) => [
      features,
      method || "–",
      percent(accuracy),
      `${percent(interval[0])} to ${percent(interval[1])}`,
      standing,
    ]),
    remarks: [...doubts, `RankMe ${rank.trained.toFixed(1)} of ${rank.width} (untrained ${rank.untrained.toFixed(1)})`],
  };
}

function floor(features: string, method: string, figure: Figure): Score {
  return { features, method, kind: "floor", ...figure };
}

function result(features: string, method: string, figure: Figure, floors: readonly Score[]): Score {
  return { features, method, kind: "result", ...figure, ...judge(figure, floors) };
}

function judge(figure: Figure, floors: readonly Score[]): { standing: Standing; verdict: string } {
  const lost = floors.filter((floor) => distinguishable(figure, floor) && figure.accuracy < floor.accuracy);
  if (lost.length > 0) return { standing: "below", verdict: `below ${names(lost, "and")}` };
  const level = floors.filter((floor) => !distinguishable(figure, floor));
  if (level.length > 0) return { standing: "level", verdict: `not distinguishable from ${names(level, "or")}` };
  return { standing: "above", verdict: "above every floor" };
}

function names(floors: readonly Score[], joint: "and" | "or"): string {
  const words = floors.map(({ features }) => features);
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} ${joint} ${words[words.length - 1]}`;
}
