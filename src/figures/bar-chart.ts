// Scores as horizontal bars with their 95% intervals, method by method. Results are solid, floors are hatched outlines,
// and a result that its floors could explain says so beside its bar: the difference is never told by colour alone.
import { rule, ticks } from "./axes.ts";
import type { Drawing, Table } from "./drawing.ts";
import { label, textRoom } from "./lettering.ts";
import { type Element, element } from "./markup.ts";
import { percent } from "./numerals.ts";
import type { Score } from "./score.ts";

/** What a chart of scores says around its bars. */
export interface ScoreChart {
  readonly name: string;
  /** The finding. */
  readonly title: string;
  /** On what and how many samples it was measured. */
  readonly caption: string;
  readonly scores: readonly Score[];
}

const width = 860;
const barHeight = 20;
const barStep = 30;
const groupGap = 16;
const headHeight = 24;
const axisHeight = 44;

/** Bars of `scores`, grouped by method in the order given; a floor of no method becomes a labelled vertical line. */
export function scoreChart({ name, title, caption, scores }: ScoreChart): Drawing {
  const barred = scores.filter(({ method }) => method !== "");
  const everywhere = scores.filter(({ method }) => method === "");
  const left = 14 + Math.max(...barred.map(({ features }) => textRoom(features, 13)), 0);
  const verdictRoom = Math.max(...barred.map((score) => 70 + textRoom(remark(score), 12)), 60);
  const highest = Math.max(...scores.map(({ interval }) => interval[1]), 0.1);
  const scale = (share: number) => left + (share / highest) * (width - left - verdictRoom);
  const { rows, bottom } = layout(barred);
  const marks = [
    hatching(name),
    ...axisMarks(scale, highest, bottom),
    ...everywhere.flatMap((score) => everywhereMarks(score, scale, bottom)),
    ...rows.flatMap(({ score, y, head }) => [
      ...(head === undefined ? [] : [label(0, head, score.method, { size: 13, bold: true })]),
      ...barMarks(score, y, left, scale, name),
    ]),
  ];
  return { name, title, caption, width, height: bottom + axisHeight, marks, table: scoreTable(scores) };
}

interface Row {
  readonly score: Score;
  readonly y: number;
  /** Baseline of the method's name, where this row is the first of its method. */
  readonly head: number | undefined;
}

function layout(scores: readonly Score[]): { rows: Row[]; bottom: number } {
  let y = 18;
  const rows = scores.map((score, i): Row => {
    const first = i === 0 || scores[i - 1].method !== score.method;
    if (first && i > 0) y += groupGap;
    const head = first ? y + 13 : undefined;
    if (first) y += headHeight;
    const row = { score, y, head };
    y += barStep;
    return row;
  });
  return { rows, bottom: y };
}

/** Diagonal lines that fill the floors' bars. */
function hatching(name: string): Element {
  const attributes = { id: `${name}-floor`, width: 6, height: 6, patternUnits: "userSpaceOnUse" };
  const line = element("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "line-rule", "stroke-width": 2 });
  return element("defs", {}, element("pattern", { ...attributes, patternTransform: "rotate(45)" }, line));
}

function axisMarks(scale: (share: number) => number, highest: number, bottom: number): Element[] {
  const marks = ticks(0, highest, 5).flatMap((share) => [
    rule(scale(share), 18, scale(share), bottom, "hairline"),
    label(scale(share), bottom + 18, percent(share, 0), { size: 12, anchor: "middle", colour: "muted" }),
  ]);
  const middle = (scale(0) + scale(highest)) / 2;
  const name = label(middle, bottom + 38, "accuracy (% of test pictures), whiskers: 95% interval", {
    colour: "muted",
    anchor: "middle",
  });
  return [...marks, name];
}

function everywhereMarks(score: Score, scale: (share: number) => number, bottom: number): Element[] {
  const x = scale(score.accuracy);
  return [
    element("line", { x1: x, x2: x, y1: 18, y2: bottom, class: "line-rule", "stroke-dasharray": "5 4" }),
    label(x, 11, `${score.features} ${percent(score.accuracy)}`, { size: 12, anchor: "middle", colour: "muted" }),
  ];
}

function barMarks(score: Score, y: number, left: number, scale: (share: number) => number, name: string): Element[] {
  const { kind, features, accuracy, interval } = score;
  const bar = { x: scale(0), y, width: scale(accuracy) - scale(0), height: barHeight, rx: 2 };
  const middle = y + barHeight / 2;
  const [low, high] = interval.map(scale);
  const number = percent(accuracy);
  const fill =
    kind === "result"
      ? [element("rect", { ...bar, class: "series-1" })]
      : [
          element("rect", { ...bar, fill: `url(#${name}-floor)`, "fill-opacity": 0.45 }),
          element("rect", { ...bar, class: "line-rule" }),
        ];
  return [
    label(left - 12, middle + 4.5, features, { size: 13, anchor: "end", colour: kind === "result" ? "ink" : "muted" }),
    ...fill,
    ...whisker(low, high, middle),
    label(high + 8, middle + 4.5, number, {
      size: 13,
      bold: kind === "result",
      colour: kind === "result" ? "ink" : "muted",
    }),
    label(high + 16 + textRoom(number, 13), middle + 4.5, remark(score), { colour: "muted" }),
  ];
}

/** The interval as a line with two ends, on a lighter band so that it is seen over a solid bar. */
function whisker(low: number, high: number, middle: number): Element[] {
  const d = `M${low.toFixed(1)} ${middle - 4}v8M${low.toFixed(1)} ${middle}H${high.toFixed(1)}M${high.toFixed(1)} ${middle - 4}v8`;
  return [
    element("path", { d, class: "line-ground", "stroke-width": 4, "stroke-opacity": 0.7 }),
    element("path", { d, class: "line-ink", "stroke-width": 1.5 }),
  ];
}

/** What stands beside the number of a result that is not above its floors. */
function remark({ standing }: Score): string {
  if (standing === "level") return "≈ not distinguishable from a floor";
  return standing === "below" ? "× below a floor" : "";
}

function scoreTable(scores: readonly Score[]): Table {
  return {
    columns: ["features", "method", "accuracy", "95% interval", "against the floors"],
    rows: scores.map(({ features, method, accuracy, interval, verdict = "floor" }) => [
      features,
      method || "–",
      percent(accuracy),
      `${percent(interval[0])} to ${percent(interval[1])}`,
      verdict,
    ]),
  };
}
