import { expect, test } from "vitest";
import { accuracyFigure } from "./intervals.ts";
import { type Evaluation, evaluationScores, evaluationTable } from "./table.ts";

const of = (right: number) => accuracyFigure(right, 2000);
const evaluation: Evaluation = {
  model: "runs/demo",
  data: "CIFAR-10",
  samples: { train: 10_000, test: 2_000 },
  floors: {
    pixels: { knn: of(560), linear: of(780) },
    untrained: { knn: of(600), linear: of(690), linearLast4: of(720) },
    majority: of(200),
  },
  results: { knn: of(580), linear: of(820), linearLast4: of(890) },
  rank: { trained: 61.25, untrained: 9.04, width: 128 },
};

test("a result whose interval lies above every floor of its method says so", () => {
  const score = evaluationScores(evaluation).find(({ accuracy }) => accuracy === 890 / 2000);
  expect(score).toMatchObject({ standing: "above", verdict: "above every floor", kind: "result" });
});

test("a result whose interval overlaps floors is not distinguishable from them, and they are named", () => {
  const [knn] = evaluationScores(evaluation);
  expect(knn).toMatchObject({
    standing: "level",
    verdict: "not distinguishable from untrained or raw pixels",
  });
});

test("a result whose interval lies below a floor is below it even where it beats others", () => {
  const scores = evaluationScores({ ...evaluation, results: { ...evaluation.results, linear: of(690) } });
  expect(scores.find(({ features }) => features === "trained, last layer")).toMatchObject({
    standing: "below",
    verdict: "below raw pixels",
  });
});

test("floors carry no verdict", () => {
  for (const score of evaluationScores(evaluation)) {
    expect(score.verdict === undefined).toBe(score.kind === "floor");
  }
});

test("the table says on what it was measured, and its remarks name every floor that a result does not clear", () => {
  expect(evaluationTable(evaluation)).toMatchInlineSnapshot(`
    {
      "caption": "runs/demo on CIFAR-10: accuracy on 2,000 test pictures, fitted on 10,000",
      "headings": [
        "features",
        "method",
        "accuracy",
        "95% interval",
        "floors",
      ],
      "remarks": [
        "trained (weighted kNN): not distinguishable from untrained or raw pixels",
        "trained, last layer (linear probe): not distinguishable from raw pixels",
        "RankMe 61.3 of 128 (untrained 9.0)",
      ],
      "rows": [
        [
          "trained",
          "weighted kNN",
          "29.0%",
          "27.1% to 31.0%",
          "level",
        ],
        [
          "untrained",
          "weighted kNN",
          "30.0%",
          "28.0% to 32.0%",
          "",
        ],
        [
          "raw pixels",
          "weighted kNN",
          "28.0%",
          "26.1% to 30.0%",
          "",
        ],
        [
          "trained, last layer",
          "linear probe",
          "41.0%",
          "38.9% to 43.2%",
          "level",
        ],
        [
          "trained, last four layers",
          "linear probe",
          "44.5%",
          "42.3% to 46.7%",
          "above",
        ],
        [
          "untrained, last layer",
          "linear probe",
          "34.5%",
          "32.4% to 36.6%",
          "",
        ],
        [
          "untrained, last four layers",
          "linear probe",
          "36.0%",
          "33.9% to 38.1%",
          "",
        ],
        [
          "raw pixels",
          "linear probe",
          "39.0%",
          "36.9% to 41.2%",
          "",
        ],
        [
          "commonest class",
          "–",
          "10.0%",
          "8.8% to 11.4%",
          "",
        ],
      ],
    }
  `);
});
