// Claims: what is written is read back; a run that was never evaluated has none; a damaged file says so and what to do.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EvaluationRecord, readEvaluation, writeEvaluation } from "./evaluation-file.ts";
import { accuracyFigure } from "./intervals.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa-evaluation-"));
});
afterAll(() => rm(folder, { recursive: true }));

const figure = accuracyFigure(3, 10);
const encoder = { knn: figure, linear: figure, linearLast4: figure };
const record: EvaluationRecord = {
  format: 1,
  model: "demo",
  data: "cifar10",
  samples: { train: 20, test: 10 },
  floors: { pixels: { knn: figure, linear: figure }, untrained: encoder, majority: figure },
  results: encoder,
  rank: { trained: 3.5, untrained: 2, width: 8 },
  protocol: {
    seed: 0,
    features: "pooled",
    knn: { k: 20, temperature: 0.07, similarity: "cosine" },
    linear: {
      model: "logistic",
      heldOut: 0.1,
      penalties: [1, 0.1],
      chosen: {
        trained: { linear: 1, linearLast4: 0.1 },
        untrained: { linear: 1, linearLast4: 1 },
        pixels: 1,
      },
    },
    pixels: { side: 32 },
    rank: { pictures: 10 },
  },
  checkpoint: { step: 40, encoder: "target_encoder" },
  quick: true,
  measured: "2026-01-31T12:00:00.000Z",
  versions: { jepa: "0.1.0" },
};

test("a run that was never evaluated has no evaluation", async () => {
  expect(await readEvaluation(folder)).toBeUndefined();
});

test("what is written is read back", async () => {
  await writeEvaluation(folder, record);
  const { format, model, data, samples, floors, results, rank, checkpoint } = record;
  const read = { format, model, data, samples, floors, results, rank, checkpoint };
  expect(await readEvaluation(folder)).toEqual(read);
});

test.each([
  ["half a file", JSON.stringify(record).slice(0, 100)],
  ["another form", JSON.stringify({ ...record, format: 2 })],
  ["an accuracy that is none", JSON.stringify({ ...record, results: { ...encoder, knn: { ...figure, accuracy: 3 } } })],
])("%s is refused with what to do", async (_, text) => {
  await writeFile(join(folder, "evaluation.json"), text);
  await expect(readEvaluation(folder)).rejects.toThrow(
    /evaluation\.json: expected an evaluation .*run "jepa eval" again/s,
  );
});
