// Sentences that say what the numbers show: the titles of a report's charts and its opening lines.
// Each is computed from the same numbers that are drawn, so that title and picture cannot disagree.
import { count, duration, numeral, percent, scientific } from "./numerals.ts";
import type { Curves, EvaluationFacts, MaskCoverage, Probes, RunFacts } from "./report.ts";
import type { Score } from "./score.ts";
import { finitePoints, smoothedAt } from "./smoothing.ts";

/** The smoothed series at its ends and at its lowest. */
interface Trend {
  readonly first: number;
  readonly last: number;
  readonly least: number;
  readonly leastAt: number;
  /** How many values it is made of. */
  readonly measured: number;
}

/** What the loss did, told without promising that lower is better. */
export function lossFinding({ step, loss }: Curves): string {
  const trend = trendOf(step, loss);
  if (trend === undefined) return "No step has been logged yet";
  const { first, last, least, leastAt, measured } = trend;
  if (measured === 1) return `Loss was ${numeral(last, 3)} at the only step logged`;
  const range = Math.max(Math.abs(first - least), Math.abs(last - least));
  if (range < 0.005 * Math.abs(first)) return `Loss stayed at ${numeral(last, 3)}`;
  if (last - least < 0.1 * range) return `Loss fell from ${numeral(first, 3)} to ${numeral(last, 3)}`;
  if (first - least < 0.1 * range)
    return `Loss rose from ${numeral(first, 3)} to ${numeral(last, 3)}: its target moves`;
  return `Loss fell to ${numeral(least, 3)} by step ${count(leastAt)}, then rose to ${numeral(last, 3)}: its target moves`;
}

/** Whether the teacher's features still differ from one another. */
export function targetStdFinding({ step, targetStd = [], limits = {} }: Curves): string {
  const trend = trendOf(step, targetStd);
  if (trend === undefined) return "The spread of the targets was not measured";
  const ended = `Target std ended at ${numeral(trend.last, 3)}`;
  if (limits.targetStd === undefined) return `${ended}, from ${numeral(trend.first, 3)}`;
  return trend.last < limits.targetStd ? `${ended}: the features have collapsed` : `${ended}: no collapse`;
}

/** How many directions the teacher's features use, and whether they grew. */
export function rankFinding({ step, rank = [], rankOf, limits = {} }: Curves): string {
  const trend = trendOf(step, rank);
  if (trend === undefined) return "The rank of the features was not measured";
  const of = rankOf === undefined ? "" : ` of ${count(rankOf)}`;
  const { first, last } = trend;
  const moved = last > 1.05 * first ? "rose" : last < 0.95 * first ? "fell" : "stayed";
  const where =
    moved === "stayed"
      ? `stayed near ${numeral(last, 3)}`
      : `${moved} from ${numeral(first, 3)} to ${numeral(last, 3)}`;
  const low = limits.rank !== undefined && last < limits.rank ? ": few directions are left" : "";
  return `Rank ${where}${of}${low}`;
}

/** The shape of the learning rate's schedule. */
export function learningRateFinding({ learningRate = [] }: Curves): string {
  const rates = Array.from(learningRate).filter(Number.isFinite);
  const [first, last] = [rates[0], rates[rates.length - 1]];
  if (first === undefined || last === undefined) return "The learning rate was not logged";
  const peak = Math.max(...rates);
  if (peak <= first * 1.001 && last >= peak * 0.999) return `Learning rate held at ${scientific(peak)}`;
  const up = peak > first * 1.001 ? `warmed up to ${scientific(peak)}` : `began at ${scientific(peak)}`;
  return last < peak * 0.999 ? `Learning rate ${up}, then fell to ${scientific(last)}` : `Learning rate ${up}`;
}

/** The pace, as a median, since single steps are held up by whatever else the machine does. */
export function paceFinding({ imagesPerSecond = [] }: Curves): string {
  const middle = median(imagesPerSecond);
  return middle === undefined
    ? "The pace was not logged"
    : `Trained at ${numeral(middle, 3)} pictures a second (median)`;
}

/** Whether the pictures came as fast as they were used. */
export function dataWaitFinding({ dataWait = [] }: Curves): string {
  const shares = Array.from(dataWait).filter(Number.isFinite);
  if (shares.length === 0) return "The wait for pictures was not logged";
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return mean <= 0.05
    ? `Pictures kept up: training waited ${percent(mean)} of the time`
    : `Training waited ${percent(mean)} of the time for pictures: more workers may help`;
}

/** When the probes passed their highest floor, if they did. */
export function probeFinding({ step, knn, linear, floors }: Probes): string {
  const name = linear === undefined ? "kNN" : "Linear probe";
  const accuracies = Array.from(linear ?? knn ?? []);
  const measured = accuracies.flatMap((accuracy, i) =>
    Number.isFinite(accuracy) ? [{ accuracy, step: step[i] }] : [],
  );
  const last = measured.at(-1);
  if (last === undefined) return "No probe has been taken yet";
  const highest = floors.reduce((most, floor) => (floor.value > most.value ? floor : most), { name: "", value: 0 });
  const ended = `${name} reached ${percent(last.accuracy)}`;
  if (highest.name === "") return ended;
  const behind = measured.findLastIndex(({ accuracy }) => accuracy <= highest.value);
  if (last.accuracy <= highest.value) return `${ended}, not above ${highest.name} (${percent(highest.value)})`;
  return `${ended}, above ${highest.name} from step ${count(measured[behind + 1].step)} on`;
}

/** The best result against the strongest of its floors. */
export function evaluationFinding({ scores }: EvaluationFacts): string {
  const { best, floor } = bestAndFloor(scores);
  if (best === undefined) return "Nothing has been evaluated yet";
  const reached = `${capital(best.method)} reaches ${percent(best.accuracy)}`;
  if (floor === undefined || best.verdict === undefined) return reached;
  if (best.standing === "above") {
    return `${reached}, ${(100 * (best.accuracy - floor.accuracy)).toFixed(1)} points above the highest floor (${floor.features})`;
  }
  return `${reached}: ${best.verdict}`;
}

/** The opening lines of a report: what was done, what came of it, and how sure that is. */
export function openingSentence(
  { method, data, minutes, step, state, commands }: RunFacts,
  evaluation?: EvaluationFacts,
): string {
  const done = `${count(step)} steps of ${method} on ${data} took ${duration(minutes)}${state === "finished" ? "" : ` (${state})`}.`;
  const best = evaluation && bestAndFloor(evaluation.scores).best;
  if (evaluation === undefined || best === undefined)
    return `${done} It has not been evaluated: run “${commands.evaluate}”.`;
  const interval = `${percent(best.interval[0])} to ${percent(best.interval[1])}`;
  const sure = best.verdict === undefined ? "" : `, ${best.verdict}`;
  return `${done} On frozen features (${best.features}) a ${best.method} is right on ${percent(best.accuracy)} of ${count(evaluation.samples.test)} test pictures (95% interval ${interval})${sure}.`;
}

/** How evenly the masks cover the grid. */
export function coverageFinding({ target }: MaskCoverage): string {
  const shares = Array.from(target);
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  if (least === 0) return `${count(shares.filter((share) => share === 0).length)} patches are never a target`;
  return `Each patch is a target in ${percent(least, 0)} to ${percent(most, 0)} of pictures`;
}

/** The result with the highest accuracy, and the floor with the highest among those of its method or of none. */
function bestAndFloor(scores: readonly Score[]): { best: Score | undefined; floor: Score | undefined } {
  const best = highest(scores.filter(({ kind }) => kind === "result"));
  const floor = highest(
    scores.filter(({ kind, method }) => kind === "floor" && (method === "" || method === best?.method)),
  );
  return { best, floor };
}

function highest(scores: readonly Score[]): Score | undefined {
  return scores.reduce<Score | undefined>(
    (most, score) => (most === undefined || score.accuracy > most.accuracy ? score : most),
    undefined,
  );
}

function trendOf(step: ArrayLike<number>, values: ArrayLike<number>): Trend | undefined {
  const points = finitePoints(step, values);
  const total = points.x.length;
  if (total === 0) return undefined;
  const [start, end] = [points.x[0], points.x[total - 1]];
  const places = Float64Array.from({ length: 100 }, (_, i) => start + ((end - start) * i) / 99);
  const smooth = smoothedAt(points, places, (end - start || 1) * 0.02);
  const lowest = smooth.reduce((least, value, i) => (value < smooth[least] ? i : least), 0);
  return { first: smooth[0], last: smooth[99], least: smooth[lowest], leastAt: places[lowest], measured: total };
}

/** The middle of the values that are numbers, if there are any. */
export function median(values: ArrayLike<number>): number | undefined {
  const sorted = Array.from(values)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
