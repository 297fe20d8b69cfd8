// A reliability diagram: how often predictions of a confidence are right, against the diagonal on which they would be
// as often right as they say. Dots are as large as their share of the predictions; as fitted hollow, calibrated full,
// so that no colour is needed.
import { type Axis, type Frame, frame } from "./axes.ts";
import type { Drawing } from "./drawing.ts";
import { label } from "./lettering.ts";
import { type Element, element } from "./markup.ts";
import { count, percent } from "./numerals.ts";

/** Predictions of about one confidence. */
export interface ReliabilityDot {
  readonly count: number;
  /** Mean confidence, 0..1. */
  readonly confidence: number;
  /** Share that is right, 0..1. */
  readonly accuracy: number;
}

/** One way of telling probabilities. */
export interface ReliabilitySeries {
  /** Expected calibration error, 0..1. */
  readonly error: number;
  readonly bins: readonly ReliabilityDot[];
}

export interface ReliabilityDiagram {
  readonly name: string;
  readonly caption: string;
  readonly before: ReliabilitySeries;
  readonly after: ReliabilitySeries;
}

const size = { width: 440, height: 400 };
/** Radius of a dot that stands for all predictions. */
const largestRadius = 22;
const smallestRadius = 2.5;

/** Draws a reliability diagram; its table lists both series, bin by bin. */
export function reliabilityDiagram({ name, caption, before, after }: ReliabilityDiagram): Drawing {
  const axis = (axisName: string): Axis => ({ name: axisName, low: 0, high: 1, written: (share) => percent(share, 0) });
  const plot = frame(size, axis("probability of the likeliest class"), axis("predictions that are right"));
  const [start, end] = [plot.left + 22, plot.top + 18];
  const marks = [
    ...plot.marks,
    line([0, 1], [0, 1], plot, { class: "line-rule", "stroke-dasharray": "5 4" }),
    ...dots(after, plot, { class: "series-1", "fill-opacity": 0.85 }),
    ...dots(before, plot, { class: "line-series-2", "stroke-width": 1.75 }),
    element("circle", { cx: start - 10, cy: end - 4, r: 5, class: "line-series-2", "stroke-width": 1.75 }),
    label(start, end, `as fitted, error ${percent(before.error)}`, { size: 12.5 }),
    element("circle", { cx: start - 10, cy: end + 15, r: 5, class: "series-1" }),
    label(start, end + 19, `calibrated, error ${percent(after.error)}`, { size: 12.5 }),
  ];
  const title = `Calibrated probabilities are off by ${percent(after.error)} on average, ${percent(before.error)} as fitted`;
  return { name, title, caption, ...size, marks, table: tableOf(before, after) };
}

function dots({ bins }: ReliabilitySeries, plot: Frame, attributes: Element["attributes"]): Element[] {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  return bins.map(({ count: own, confidence, accuracy }) => {
    const r = Math.max(smallestRadius, largestRadius * Math.sqrt(own / total));
    return element("circle", { cx: plot.x(confidence), cy: plot.y(accuracy), r, ...attributes });
  });
}

function line(
  x: readonly [number, number],
  y: readonly [number, number],
  plot: Frame,
  attributes: Element["attributes"],
) {
  return element("line", { x1: plot.x(x[0]), x2: plot.x(x[1]), y1: plot.y(y[0]), y2: plot.y(y[1]), ...attributes });
}

function tableOf(before: ReliabilitySeries, after: ReliabilitySeries): NonNullable<Drawing["table"]> {
  const rows = (name: string, { bins }: ReliabilitySeries) =>
    bins.map((bin) => [name, count(bin.count), percent(bin.confidence), percent(bin.accuracy)]);
  return {
    columns: ["probabilities", "predictions", "mean probability", "right"],
    rows: [...rows("as fitted", before), ...rows("calibrated", after)],
  };
}
