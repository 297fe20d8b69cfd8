// Claims: the facts are those that the run wrote down; commands can be pasted into
// a shell; every recipe field is listed with its value and where it came from.

import { expect, test } from "vitest";
import { objectives } from "../objectives/index.ts";
import { recipeSchema } from "../runs/index.ts";
import { factsOf, type ReadRun, settingsOf } from "./run-facts.ts";

const recipe = recipeSchema(objectives).parse({
  objective: "ijepa",
  data: { source: "/pictures/my cats", crop: 24 },
  model: { width: 8, depth: 1, heads: 2, patch: 4 },
  predictor: { width: 8, depth: 1 },
  masks: { kind: "fixed", contextTokens: 6, targets: 2, targetTokens: 4 },
  training: { steps: 40, batch: 60 },
});
const run: ReadRun = {
  summary: { name: "my cats-1", folder: "runs/my cats-1", status: "stopped", step: 20, created: 0 },
  recipe,
  origin: {
    format: 1,
    recipeName: "my-cats",
    created: "2026-01-31T12:00:00.000Z",
    command: ["jepa", "pretrain", "/pictures/my cats", "--set", "training.steps=40"],
    sources: { "training.steps": "--set", "data.crop": 'preset "my-cats"' },
    execution: { microBatch: 60, threads: 2 },
    versions: { jepa: "0.1.0", commit: "abc1234", engine: "1.30.0", node: "20.20.2", platform: "linux x64" },
  },
  lines: [{ step: 25, loss: 0.4, imagesPerSecond: 25, peakBytes: 1.234e9 }],
};

test("what ran, how far and for how long is told from the run's own files", () => {
  expect(factsOf(run, 1200)).toEqual({
    name: "my cats-1",
    recipe: "my-cats",
    method: "I-JEPA",
    data: "my cats (1,200 training pictures)",
    seed: 0,
    state: "stopped",
    step: 25,
    steps: 40,
    minutes: 1,
    machine: "linux x64, 2 threads, peak memory 1.23 GB",
    software: "jepa 0.1.0 (commit abc1234), onnxruntime 1.30.0, Node 20.20.2",
    commands: {
      rerun: "jepa pretrain '/pictures/my cats' --set training.steps=40",
      resume: "jepa resume 'my cats-1'",
      evaluate: "jepa eval 'my cats-1'",
    },
  });
});

test("without the data nothing is said of its size", () => {
  expect(factsOf(run, undefined).data).toBe("my cats");
});

test("every field has its value as JSON and its source, absent ones too", () => {
  const settings = new Map(settingsOf(run).map(({ field, ...rest }) => [field, rest]));
  expect(settings.get("training.steps")).toEqual({ value: "40", source: "--set" });
  expect(settings.get("data.crop")).toEqual({ value: "24", source: 'preset "my-cats"' });
  expect(settings.get("loss")).toEqual({ value: '"smooth_l1"', source: "default" });
  expect(settings.get("optimizer.clip")).toEqual({ value: "none", source: "default" });
});
