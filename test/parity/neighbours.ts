// Parity of the weighted k-nearest-neighbour classifier with the fixture's (which agrees with DINO's): neighbours,
// predicted classes and accuracy, for every k and temperature in the fixture. Similarities are unit rows' products
// in float32, so two neighbours could change places only where they are equally near to 1e-7.

import { z } from "zod";
import { classifyByNeighbours, nearestRows } from "../../src/evaluation/index.ts";
import { openNodeRuntime, type Runtime } from "../../src/runtime/index.ts";
import type { ParityCheck } from "./check.ts";
import { type Comparison, largestDifference, type Numbers } from "./comparison.ts";
import type { Fixture } from "./fixture.ts";

const file = "metrics.safetensors";
const valuesFile = z.object({ values: z.record(z.string(), z.number()) });

/** Every `knn.k<k>_T<temperature>` of the fixture. */
export const neighbours: ParityCheck = {
  fixture: "metrics",
  name: "nearest neighbours",
  compare: async (fixture) => {
    const { values } = await fixture.json("metrics.json", valuesFile);
    const rows = await rowsOf(fixture);
    const runtime = await openNodeRuntime({ threads: 1 });
    const comparisons: Comparison[] = [];
    for (const name of await fixture.names(file)) {
      const [setting, k, temperature, what] = /^(knn\.k(\d+)_T([\d.]+))\.(\w+)$/.exec(name)?.slice(1) ?? [];
      if (what === "neighbours") comparisons.push(await nearest(fixture, name, rows, runtime));
      if (what !== "predictions") continue;
      const options = { k: Number(k), temperature: Number(temperature) };
      const ours = await classifyByNeighbours(runtime, rows.train, rows.queries, rows.classes, options);
      const right = ours.filter((guess, row) => guess === rows.answers[row]).length;
      const accuracy = Math.abs((100 * right) / ours.length - values[`${setting}.top1`]);
      comparisons.push(
        { name, difference: largestDifference(ours, (await fixture.tensor(file, name)).data), tolerance: 0 },
        { name: `${setting}.top1`, difference: accuracy, tolerance: 1e-9 },
      );
    }
    return comparisons;
  },
};

type Labelled = Awaited<ReturnType<typeof rowsOf>>;

async function nearest(fixture: Fixture, name: string, rows: Labelled, runtime: Runtime): Promise<Comparison> {
  const { data, shape } = await fixture.tensor(file, name);
  const { places } = await nearestRows(runtime, rows.train, rows.queries, shape[shape.length - 1]);
  return { name, difference: largestDifference(places, data), tolerance: 0 };
}

async function rowsOf(fixture: Fixture) {
  const [train, test, trainLabels, testLabels] = await Promise.all(
    ["train", "test", "train_labels", "test_labels"].map((name) => fixture.tensor(file, `knn.${name}`)),
  );
  const labels = integers(trainLabels.data);
  const answers = integers(testLabels.data);
  return {
    train: { features: Float32Array.from(train.data, Number), width: train.shape[train.shape.length - 1], labels },
    queries: Float32Array.from(test.data, Number),
    answers,
    classes: Math.max(...labels, ...answers) + 1,
  };
}

function integers(data: Numbers): Int32Array {
  return Int32Array.from(data, Number);
}
