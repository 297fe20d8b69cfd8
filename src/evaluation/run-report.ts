// `jepa report` as a function: everything that one page shows of a run, finished or not, gathered from its folder,
// its data and its last checkpoint. What cannot be had is left out, and the page says so and how to get it.

import { join } from "node:path";
import { openPictures, type Pictures } from "../data/index.ts";
import { UserError } from "../errors/index.ts";
import {
  type EvaluationFacts,
  type FeatureFigure,
  type MaskFigure,
  type NeighbourFigure,
  type Notice,
  type Report,
  type ReportFiles,
  writeReport,
} from "../figures/index.ts";
import type { Environment } from "../files/index.ts";
import { type RunSummary, readMetrics, readOrigin } from "../runs/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { readEvaluation, type StoredEvaluation } from "./evaluation-file.ts";
import { type CollapseMonitor, collapseNotices, curvesOf, probesOf, stateNotices } from "./run-curves.ts";
import { readEncoders, readRunRecipe } from "./run-encoders.ts";
import { dataName, factsOf, type ReadRun, settingsOf } from "./run-facts.ts";
import { featureFigureOf, type LookOptions, neighbourFigureOf } from "./run-features.ts";
import { maskCoverageOf, maskFigureOf } from "./run-masks.ts";
import { evaluationScores } from "./table.ts";

export interface ReportRunOptions extends Pick<LookOptions, "onProgress" | "signal"> {
  readonly environment: Environment;
  /** Opens the engine; asked only when there is something to encode. */
  readonly openRuntime: () => Promise<Runtime>;
  readonly collapse: CollapseMonitor;
}

/** What was written, and what the page says beside its figures. */
export interface WrittenReport extends ReportFiles {
  readonly notices: readonly Notice[];
}

/**
 * Writes `report.html` and `figures/*.png` into a run's folder.
 *
 * @throws UserError where the run's own files cannot be read, or the disk refuses; Interrupted when the signal asks
 */
export async function reportRun(summary: RunSummary, options: ReportRunOptions): Promise<WrittenReport> {
  const report = await composeReport(summary, options);
  return { ...(await writeReport(summary.folder, report)), notices: report.notices };
}

/** Gathers everything that the page shows. Throws as `reportRun`. */
export async function composeReport(summary: RunSummary, options: ReportRunOptions): Promise<Report> {
  const { folder } = summary;
  const [recipe, origin] = [await readRunRecipe(folder), await readOrigin(folder)];
  const run: ReadRun = { summary, recipe, origin, lines: await readMetrics(join(folder, "metrics.jsonl")) };
  const leftOut: Notice[] = [];
  const evaluation = await orLeaveOut("the evaluation", leftOut, () => readEvaluation(folder));
  const pictured = await picturesOf(run, options, leftOut);
  const coverage = maskCoverageOf(recipe);
  const { masks, features, neighbours } = pictured;
  const probes = probesOf(run.lines);
  return {
    run: factsOf(run, pictured.trainingPictures),
    curves: curvesOf(run.lines, options.collapse.limits),
    ...(probes && { probes }),
    notices: [
      ...stateNotices(summary),
      ...collapseNotices(run.lines, options.collapse),
      ...agedNotices(summary, evaluation),
      ...leftOut,
    ],
    ...(evaluation && { evaluation: evaluationFacts(evaluation) }),
    ...(masks && { masks }),
    ...(coverage && { coverage }),
    ...(features && { features }),
    ...(neighbours && { neighbours }),
    settings: settingsOf(run),
  };
}

function evaluationFacts(evaluation: StoredEvaluation): EvaluationFacts {
  const { data, samples, rank } = evaluation;
  return { data: dataName(data), samples, scores: evaluationScores(evaluation), rank };
}

/** An evaluation of an earlier checkpoint than the last says less than it seems to. */
function agedNotices({ name, step }: RunSummary, evaluation: StoredEvaluation | undefined): Notice[] {
  if (evaluation === undefined || step === 0 || evaluation.checkpoint.step === step) return [];
  const text = `The scores are those of step ${evaluation.checkpoint.step}; the last checkpoint is of step ${step}.`;
  return [{ level: "note", text, remedy: `“jepa eval ${name}” scores the last one` }];
}

/** The parts that need the data set; the features need a checkpoint and the engine too. */
interface Pictured {
  readonly trainingPictures?: number;
  readonly masks?: MaskFigure | undefined;
  readonly features?: FeatureFigure | undefined;
  readonly neighbours?: NeighbourFigure | undefined;
}

async function picturesOf(run: ReadRun, options: ReportRunOptions, leftOut: Notice[]): Promise<Pictured> {
  const { recipe } = run;
  const train = await orLeaveOut("the masks on pictures", leftOut, () => open(run, "train", options));
  if (train === undefined) return {};
  const masks = await closing(train, () =>
    orLeaveOut("the masks on pictures", leftOut, () => maskFigureOf(recipe, train)),
  );
  const what = "features and neighbours";
  const test = await orLeaveOut(what, leftOut, () => open(run, "test", options));
  const seen = test && (await closing(test, () => orLeaveOut(what, leftOut, () => look(run, test, options))));
  return { trainingPictures: train.size, masks, ...seen };
}

/** Works on pictures, and closes them however it ends. */
async function closing<Result>(pictures: Pictures, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } finally {
    await pictures.close();
  }
}

function open({ recipe }: ReadRun, split: "train" | "test", options: ReportRunOptions): Promise<Pictures> {
  const { environment, signal } = options;
  return openPictures(recipe.data.source, { split, environment, signal });
}

async function look({ summary, recipe }: ReadRun, test: Pictures, options: ReportRunOptions) {
  const encoders = await readEncoders(summary.folder, recipe, "last");
  const runtime = await options.openRuntime();
  const { onProgress, signal } = options;
  const looking = { test, seed: recipe.seed, onProgress, signal };
  return {
    features: await featureFigureOf(runtime, encoders, looking),
    neighbours: await neighbourFigureOf(runtime, encoders.trained, looking),
  };
}

/** What `compose` gives, or a note of what is missing where a person's file, folder or engine is at fault. */
async function orLeaveOut<Part>(
  what: string,
  leftOut: Notice[],
  compose: () => Promise<Part>,
): Promise<Part | undefined> {
  try {
    return await compose();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { where, expected, received, remedy } = error;
    const text = `Left out: ${what}. ${where}: expected ${expected}, received ${String(received)}.`;
    leftOut.push({ level: "note", text, remedy });
    return undefined;
  }
}
