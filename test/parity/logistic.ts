// Parity of multinomial logistic regression with scikit-learn's, for every C in the fixture. Its
// objective is a sum over rows and ours a mean, so penalty = 1 / (C rows); the bias, which nothing
// penalises and only differences of which matter, is shifted to mean zero over the classes, as there.

import { z } from "zod";
import { type LogisticFit, openLogistic, type TrainingRows } from "../../src/evaluation/index.ts";
import { openNodeRuntime } from "../../src/runtime/index.ts";
import type { ParityCheck } from "./check.ts";
import { type Comparison, largestDifference, type Numbers, relativeDifference } from "./comparison.ts";
import type { Fixture } from "./fixture.ts";

const file = "metrics.safetensors";
/** Both stop their search near the minimum, where the weights are ten thousand times less sure than the objective. */
const weightTolerance = 1e-3;
const objectiveTolerance = 1e-6;

const valuesFile = z.object({ values: z.record(z.string(), z.number()) });

/** Every `logistic.C<C>` of the fixture, on `probe.x` and `probe.labels`. */
export const logistic: ParityCheck = {
  fixture: "metrics",
  name: "logistic regression",
  compare: async (fixture) => {
    const { values } = await fixture.json("metrics.json", valuesFile);
    const settings = (await fixture.names(file)).flatMap((name) => /^(logistic\.C.+)\.weight$/.exec(name)?.[1] ?? []);
    const rows = await rowsOf(fixture);
    const runtime = await openNodeRuntime({ threads: 1 });
    const problem = await openLogistic(runtime, rows, { classes: Math.max(...rows.labels) + 1, tolerance: 1e-9 });
    const comparisons: Comparison[] = [];
    for (const setting of settings) {
      const strength = Number(setting.slice("logistic.C".length));
      const fit = await problem.fit(1 / (strength * rows.labels.length));
      comparisons.push(...(await compared(fixture, setting, values, fit, rows)));
    }
    await problem.close();
    return comparisons;
  },
};

async function compared(
  fixture: Fixture,
  setting: string,
  values: Readonly<Record<string, number>>,
  fit: LogisticFit,
  rows: TrainingRows,
): Promise<Comparison[]> {
  const probabilities = probabilitiesOf(fit, rows);
  const { labels } = rows;
  const right = labels.filter((label, row) => label === likeliest(probabilities, row, fit.bias.length)).length;
  const absolute = async (what: string, ours: Numbers): Promise<Comparison> => ({
    name: `${setting}.${what}`,
    difference: largestDifference(ours, (await fixture.tensor(file, `${setting}.${what}`)).data),
    tolerance: weightTolerance,
  });
  return [
    await absolute("weight", centred(fit.weights, fit.bias.length)),
    await absolute("bias", centred(fit.bias, fit.bias.length)),
    await absolute("probabilities", probabilities),
    {
      name: `${setting}.objective, relative`,
      difference: relativeDifference([fit.objective * labels.length], [values[`${setting}.objective`]]),
      tolerance: objectiveTolerance,
    },
    {
      name: `${setting}.accuracy`,
      difference: Math.abs(right / labels.length - values[`${setting}.accuracy`]),
      tolerance: 1e-12,
    },
  ];
}

/** Numbers [classes, ...] with mean zero over the classes. */
function centred(numbers: Float64Array, classes: number): Float64Array {
  const each = numbers.length / classes;
  return numbers.map((value, at) => {
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += numbers[c * each + (at % each)];
    return value - sum / classes;
  });
}

function probabilitiesOf({ weights, bias }: LogisticFit, { features, width }: TrainingRows): Float64Array {
  const classes = bias.length;
  const scores = Float64Array.from({ length: (features.length / width) * classes }, (_, at) => {
    const [row, c] = [Math.floor(at / classes), at % classes];
    let score = bias[c];
    for (let j = 0; j < width; j++) score += weights[c * width + j] * features[row * width + j];
    return Math.exp(score);
  });
  return scores.map((score, at) => {
    const start = at - (at % classes);
    return score / scores.subarray(start, start + classes).reduce((sum, other) => sum + other, 0);
  });
}

function likeliest(probabilities: Float64Array, row: number, classes: number): number {
  const own = probabilities.subarray(row * classes, (row + 1) * classes);
  return own.indexOf(Math.max(...own));
}

async function rowsOf(fixture: Fixture): Promise<TrainingRows> {
  const { data, shape } = await fixture.tensor(file, "probe.x");
  const labels = Int32Array.from((await fixture.tensor(file, "probe.labels")).data, Number);
  return { features: Float32Array.from(data, Number), width: shape[shape.length - 1], labels };
}
