// Temperature scaling (Guo et al. 2017, "On calibration of modern neural networks", arXiv 1706.04599, section 4.2):
// class scores z become probabilities softmax(z / T), with the one T > 0 that makes known classes most probable. No
// prediction changes. With b = 1 / T the mean cross entropy is convex; its slope is the mean of E_p[z] - E_t[z], its
// curvature the mean of Var_p[z]. The targets t are smoothed as if one picture more had every class alike (after Platt
// 1999, section 2.2), so that a few pictures that are all told apart don't claim certainty.

/** Class scores of rows [rows, classes] with the classes that the rows are of [rows]. */
export interface ScoredRows {
  readonly scores: Float64Array;
  readonly labels: Int32Array;
  readonly classes: number;
}

/** Least and most temperature: scores that are this far off say nothing by being further off. */
const bounds = { least: 1e-3, most: 1e3 };
const mostSteps = 60;
const tolerance = 1e-10;

/** The temperature that fits the rows best. */
export function fitTemperature(rows: ScoredRows): number {
  let [low, high] = [1 / bounds.most, 1 / bounds.least];
  let inverse = 1;
  for (let step = 0; step < mostSteps && high - low > tolerance * inverse; step++) {
    const { slope, curvature } = slopeAt(rows, inverse);
    if (slope > 0) high = inverse;
    else low = inverse;
    const newton = inverse - slope / curvature;
    const next = newton > low && newton < high ? newton : Math.sqrt(low * high);
    if (Math.abs(next - inverse) <= tolerance * inverse) break;
    inverse = next;
  }
  return 1 / inverse;
}

/** Mean cross entropy of the rows' classes under softmax(scores / temperature), in nats. */
export function crossEntropyAt({ scores, labels, classes }: ScoredRows, temperature: number): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row++) {
    const own = probabilitiesOf(scores.subarray(row * classes, (row + 1) * classes), temperature)[labels[row]];
    sum -= Math.log(Math.max(own, Number.MIN_VALUE));
  }
  return sum / labels.length;
}

/** softmax(scores / temperature) of one row [classes]. */
export function probabilitiesOf(scores: ArrayLike<number>, temperature: number): Float64Array {
  let highest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < scores.length; c++) highest = Math.max(highest, scores[c]);
  const shares = Float64Array.from(scores, (score) => Math.exp((score - highest) / temperature));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

function slopeAt({ scores, labels, classes }: ScoredRows, inverse: number): { slope: number; curvature: number } {
  const smoothing = 1 / (labels.length + 1);
  let [slope, curvature] = [0, 0];
  for (let row = 0; row < labels.length; row++) {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    const probabilities = probabilitiesOf(own, 1 / inverse);
    let [expected, squares, mean] = [0, 0, 0];
    for (let c = 0; c < classes; c++) {
      expected += probabilities[c] * own[c];
      squares += probabilities[c] * own[c] ** 2;
      mean += own[c] / classes;
    }
    slope += expected - (1 - smoothing) * own[labels[row]] - smoothing * mean;
    curvature += squares - expected ** 2;
  }
  return { slope: slope / labels.length, curvature: curvature / labels.length };
}
