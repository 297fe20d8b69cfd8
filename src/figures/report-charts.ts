// Every drawing of a report, in the order of the page: scores, curves, masks,
// features, neighbours. The page shows them and the run folder keeps each as a PNG.
import { type ScoreChart, scoreChart } from "./bar-chart.ts";
import type { Drawing } from "./drawing.ts";
import { featureColours } from "./feature-colours.ts";
import {
  coverageFinding,
  dataWaitFinding,
  evaluationFinding,
  learningRateFinding,
  lossFinding,
  paceFinding,
  probeFinding,
  rankFinding,
  targetStdFinding,
} from "./findings.ts";
import { heatMap } from "./heat-map.ts";
import { type Floor, type LineChart, lineChart } from "./line-chart.ts";
import { maskPicture } from "./mask-picture.ts";
import { neighbourPicture } from "./neighbours.ts";
import { count, numeral, percent, scientific } from "./numerals.ts";
import type { Curves, EvaluationFacts, MaskCoverage, Probes, Report } from "./report.ts";

/** The drawings of a report by the section they stand in. */
export interface ReportDrawings {
  readonly scores: readonly Drawing[];
  readonly training: readonly Drawing[];
  readonly masks: readonly Drawing[];
  readonly features: readonly Drawing[];
  readonly neighbours: readonly Drawing[];
}

/** Draws whatever the report has numbers for. */
export function reportDrawings(report: Report): ReportDrawings {
  const { evaluation, probes, curves, masks, coverage, features, neighbours } = report;
  return {
    scores: evaluation === undefined ? [] : [scoreChart(scoresOf(evaluation))],
    training: [...(probes === undefined ? [] : [probeChart(probes)]), ...curveCharts(curves)],
    masks: [
      ...(masks === undefined ? [] : [maskPicture(masks)]),
      ...(coverage === undefined ? [] : [coverageMap(coverage)]),
    ],
    features: features === undefined ? [] : [featureColours(features)],
    neighbours: neighbours === undefined ? [] : [neighbourPicture(neighbours)],
  };
}

function scoresOf(evaluation: EvaluationFacts): ScoreChart {
  const { data, samples, scores, rank } = evaluation;
  const ranks =
    rank === undefined
      ? ""
      : ` RankMe of the features: ${numeral(rank.trained, 3)} of ${rank.width} (untrained ${numeral(rank.untrained, 3)}).`;
  return {
    name: "scores",
    title: evaluationFinding(evaluation),
    caption: `${count(samples.test)} test pictures of ${data}, probes fitted on ${count(samples.train)}; features frozen. Hatched: floors that need no learning. Results whose 95% intervals overlap a floor's are not distinguishable from it.${ranks}`,
    scores,
  };
}

function probeChart(probes: Probes): Drawing {
  const { step, knn, linear, floors, measuredOn } = probes;
  const lines = [
    ...(linear === undefined ? [] : [{ name: "linear", y: linear }]),
    ...(knn === undefined ? [] : [{ name: "kNN", y: knn }]),
  ];
  return lineChart({
    name: "probes",
    title: probeFinding(probes),
    caption: `Quick probes of the frozen encoder during training: ${measuredOn}.`,
    xName: "training step",
    yName: "accuracy (% of pictures)",
    x: step,
    lines,
    floors,
    written: percent,
    writtenTick: (share) => percent(share, 0),
  });
}

/** One curve of the metrics file: where its numbers are, what they show, how its axis is named and where it begins. */
interface CurveChart extends Pick<LineChart, "name" | "caption" | "yName" | "yFrom" | "floors" | "written" | "exact"> {
  readonly values: ArrayLike<number> | undefined;
  readonly finding: (curves: Curves) => string;
}

function curveCharts(curves: Curves): Drawing[] {
  return [...monitorCharts(curves), ...machineCharts(curves)].flatMap(({ values, finding, ...words }) => {
    if (values === undefined) return [];
    const lines = [{ name: words.yName, y: values }];
    return [lineChart({ ...words, title: finding(curves), xName: "training step", x: curves.step, lines })];
  });
}

/** What the method does. */
function monitorCharts({ loss, targetStd, rank, rankOf, limits = {} }: Curves): CurveChart[] {
  return [
    {
      name: "loss",
      values: loss,
      finding: lossFinding,
      caption:
        "Distance between predicted and target features, mean over a batch. Faint: as logged; strong: local fit.",
      yName: "loss",
    },
    {
      name: "target-std",
      values: targetStd,
      finding: targetStdFinding,
      caption: "Spread of the teacher's features, mean over dimensions; near zero, all pictures look alike to it.",
      yName: "target std (feature units)",
      yFrom: 0,
      floors: collapseLine(limits.targetStd),
    },
    {
      name: "rank",
      values: rank,
      finding: rankFinding,
      caption: "RankMe of the teacher's features: how many directions they really use. More usually probes better.",
      yName: rankOf === undefined ? "rank (directions)" : `rank (directions of ${count(rankOf)})`,
      yFrom: 0,
      floors: collapseLine(limits.rank),
    },
  ];
}

/** What the schedule and the machine do. */
function machineCharts({ learningRate, imagesPerSecond, dataWait }: Curves): CurveChart[] {
  return [
    {
      name: "learning-rate",
      values: learningRate,
      finding: learningRateFinding,
      caption: "Set by the schedule, not measured.",
      yName: "learning rate",
      yFrom: 0,
      written: scientific,
      exact: true,
    },
    {
      name: "pace",
      values: imagesPerSecond,
      finding: paceFinding,
      caption: "Dips are evaluations, checkpoints and whatever else the machine did.",
      yName: "pictures per second",
      yFrom: 0,
    },
    {
      name: "data-wait",
      values: dataWait,
      finding: dataWaitFinding,
      caption: "Share of a step's time spent waiting for decoded and augmented pictures.",
      yName: "wait for data (% of time)",
      yFrom: 0,
      written: percent,
    },
  ];
}

function collapseLine(value: number | undefined): Floor[] {
  return value === undefined ? [] : [{ name: "collapse below", value }];
}

function coverageMap(coverage: MaskCoverage): Drawing {
  const { grid, context, target, pictures } = coverage;
  const most = Math.max(...Array.from(context), ...Array.from(target));
  return heatMap({
    name: "coverage",
    title: coverageFinding(coverage),
    caption: `How often each patch is in a mask, over the masks of ${count(pictures)} pictures.`,
    ...grid,
    panels: [
      { name: "context", values: context },
      { name: "any target block", values: target },
    ],
    scaleName: "share of pictures (%)",
    low: 0,
    high: Math.ceil(most * 10) / 10,
    written: (share) => percent(share, 0),
  });
}
