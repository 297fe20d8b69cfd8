import { describe, expect, test } from "vitest";
import {
  coverageFinding,
  dataWaitFinding,
  evaluationFinding,
  learningRateFinding,
  lossFinding,
  openingSentence,
  probeFinding,
  rankFinding,
  targetStdFinding,
} from "./findings.ts";
import type { Curves, RunFacts } from "./report.ts";
import type { Score } from "./score.ts";

const step = Float64Array.from({ length: 201 }, (_, i) => 10 * i);
const curves = (loss: (place: number) => number): Curves => ({ step, loss: step.map(loss) });

describe("the loss is told as it went", () => {
  test.each<[string, (place: number) => number, string]>([
    ["falling", (place) => 1 - place / 4000, "Loss fell from 1 to 0.5"],
    ["rising", (place) => 0.2 + place / 4000, "Loss rose from 0.2 to 0.7: its target moves"],
    ["flat", () => 0.31, "Loss stayed at 0.31"],
  ])("%s", (_, loss, finding) => {
    expect(lossFinding(curves(loss))).toBe(finding);
  });

  test("falling, then rising", () => {
    const finding = lossFinding(curves((place) => 0.3 + Math.abs(place - 800) / 4000));
    expect(finding).toMatch(/^Loss fell to 0\.3\d* by step \d+, then rose to 0\.6: its target moves$/);
  });

  test("not at all, or once", () => {
    expect(lossFinding({ step: [], loss: [] })).toBe("No step has been logged yet");
    expect(lossFinding({ step: [10], loss: [0.5] })).toBe("Loss was 0.5 at the only step logged");
  });
});

test("collapse is called by the monitor's own limit, and not at all without one", () => {
  const targetStd = step.map(() => 0.05);
  expect(targetStdFinding({ ...curves(() => 1), targetStd, limits: { targetStd: 0.1 } })).toMatch(/have collapsed$/);
  expect(targetStdFinding({ ...curves(() => 1), targetStd, limits: { targetStd: 0.01 } })).toMatch(/no collapse$/);
  expect(targetStdFinding({ ...curves(() => 1), targetStd })).toBe("Target std ended at 0.05, from 0.05");
});

test("the rank is told with its direction and out of how many", () => {
  const rank = step.map((place) => 20 + place / 50);
  expect(rankFinding({ ...curves(() => 1), rank, rankOf: 192 })).toBe("Rank rose from 20 to 60 of 192");
  const falling = rank.map((value) => 62 - value);
  expect(rankFinding({ ...curves(() => 1), rank: falling, limits: { rank: 5 } })).toBe(
    "Rank fell from 42 to 2: few directions are left",
  );
});

test("the learning rate's shape is told", () => {
  const told = (learningRate: number[]) => learningRateFinding({ step: [0, 1, 2], loss: [1, 1, 1], learningRate });
  expect(told([1e-4, 1e-3, 1e-6])).toBe("Learning rate warmed up to 1e−3, then fell to 1e−6");
  expect(told([1e-3, 5e-4, 1e-6])).toBe("Learning rate began at 1e−3, then fell to 1e−6");
  expect(told([1e-3, 1e-3, 1e-3])).toBe("Learning rate held at 1e−3");
});

test("waiting for data above one part in twenty asks for workers", () => {
  expect(dataWaitFinding({ step: [0], loss: [1], dataWait: [0.01] })).toBe(
    "Pictures kept up: training waited 1.0% of the time",
  );
  expect(dataWaitFinding({ step: [0], loss: [1], dataWait: [0.2] })).toMatch(/20\.0%.*more workers may help$/);
});

test("a probe has passed its floor only from where it never falls back below it", () => {
  const floors = [
    { name: "raw pixels", value: 0.39 },
    { name: "untrained", value: 0.35 },
  ];
  const told = (linear: number[]) => probeFinding({ step: [0, 10, 20, 30], linear, floors, measuredOn: "" });
  expect(told([0.3, 0.4, 0.38, 0.41])).toBe("Linear probe reached 41.0%, above raw pixels from step 30 on");
  expect(told([0.3, 0.4, 0.41, 0.39])).toBe("Linear probe reached 39.0%, not above raw pixels (39.0%)");
  expect(told([0.4, 0.41, 0.42, 0.43])).toBe("Linear probe reached 43.0%, above raw pixels from step 0 on");
});

const result: Score = {
  features: "trained",
  method: "linear probe",
  kind: "result",
  accuracy: 0.445,
  interval: [0.42, 0.47],
  standing: "above",
  verdict: "above every floor",
};
const floor: Score = {
  features: "raw pixels",
  method: "linear probe",
  kind: "floor",
  accuracy: 0.39,
  interval: [0.37, 0.41],
};

test("the evaluation's title names the gap to the highest floor, or that there is none to speak of", () => {
  const facts = { data: "d", samples: { train: 1, test: 1 } };
  expect(evaluationFinding({ ...facts, scores: [result, floor] })).toBe(
    "Linear probe reaches 44.5%, 5.5 points above the highest floor (raw pixels)",
  );
  const level: Score = { ...result, standing: "level", verdict: "not distinguishable from raw pixels" };
  expect(evaluationFinding({ ...facts, scores: [level, floor] })).toBe(
    "Linear probe reaches 44.5%: not distinguishable from raw pixels",
  );
  expect(evaluationFinding({ ...facts, scores: [] })).toBe("Nothing has been evaluated yet");
});

test("the opening says what was done, what it reached, on how many pictures and how sure that is", () => {
  const commands = { rerun: "", resume: "", evaluate: "jepa eval demo" };
  const run: RunFacts = {
    name: "demo",
    recipe: "demo",
    method: "I-JEPA",
    data: "CIFAR-10",
    seed: 0,
    state: "stopped",
    step: 1200,
    steps: 4800,
    minutes: 5.4,
    machine: "",
    software: "",
    commands,
  };
  expect(
    openingSentence(run, { data: "CIFAR-10", samples: { train: 10_000, test: 2000 }, scores: [result, floor] }),
  ).toBe(
    "1,200 steps of I-JEPA on CIFAR-10 took 5.4 min (stopped). On frozen features (trained) a linear probe is right on 44.5% of 2,000 test pictures (95% interval 42.0% to 47.0%), above every floor.",
  );
  expect(openingSentence(run)).toMatch(/It has not been evaluated: run “jepa eval demo”\.$/);
});

test("patches that no target block ever reaches are counted in the title", () => {
  const coverage = (target: number[]) => ({ grid: { rows: 1, columns: 3 }, context: [0, 0, 0], target, pictures: 9 });
  expect(coverageFinding(coverage([0.2, 0, 0]))).toBe("2 patches are never a target");
  expect(coverageFinding(coverage([0.2, 0.5, 0.3]))).toBe("Each patch is a target in 20% to 50% of pictures");
});
