// A line chart: the raw line faint, the smoothed line over it, floors as labelled horizontal lines, names at line ends.
import { type Axis, type Frame, frame, roundRange } from "./axes.ts";
import type { Drawing, Table } from "./drawing.ts";
import { label, textRoom } from "./lettering.ts";
import { type Attributes, type Element, element } from "./markup.ts";
import { count, numeral } from "./numerals.ts";
import { finitePoints, type Points, smoothedAt, thinned } from "./smoothing.ts";

/** One line over the chart's x; NaN where nothing was measured. */
export interface Line {
  readonly name: string;
  readonly y: ArrayLike<number>;
}

/** A value that the lines are to be read against, drawn across the plot. */
export interface Floor {
  readonly name: string;
  readonly value: number;
}

/** What a line chart shows, in words and numbers. */
export interface LineChart {
  readonly name: string;
  /** The finding. */
  readonly title: string;
  readonly caption: string;
  readonly xName: string;
  /** With the unit in brackets. */
  readonly yName: string;
  /** Ascending. */
  readonly x: ArrayLike<number>;
  readonly lines: readonly Line[];
  readonly floors?: readonly Floor[];
  /** A value that the y axis must reach down to: 0 for shares and ranks. */
  readonly yFrom?: number;
  /** Joins the values as they are: for schedules and other series without noise. */
  readonly exact?: boolean;
  /** How a value is written in the table and beside a floor, and how on the axis where that differs. */
  readonly written?: (value: number) => string;
  readonly writtenTick?: (value: number) => string;
  readonly size?: { readonly width: number; readonly height: number };
}

/** Few measurements are dots joined by a line; more are a noisy series that needs smoothing. */
const sparse = 40;
/** Standard deviation of the smoothing window as a share of the x range. */
const bandwidthShare = 0.015;
const tableRows = 12;
/** Lines are told apart by dash as well as by colour. */
const dashes = [undefined, "7 4", "2 3", "9 3 2 3"];

interface Series {
  readonly name: string;
  readonly points: Points;
}

/** Draws a line chart; a line without a single number is left out. */
export function lineChart(chart: LineChart): Drawing {
  const { name, title, caption, x, lines, floors = [], written = numeral, size = { width: 440, height: 264 } } = chart;
  const series = lines
    .map((line): Series => ({ name: line.name, points: finitePoints(x, line.y) }))
    .filter(({ points }) => points.x.length > 0);
  const namesRoom = 12 + Math.max(...series.map((line) => textRoom(line.name, 12.5)), 0);
  const named = series.length > 1;
  const plot = frame({ ...size, rightRoom: named ? namesRoom : 14 }, xAxis(chart), yAxis(chart, series));
  const marks = [
    ...plot.marks,
    ...floors.flatMap((floor) => floorMarks(floor, plot, written)),
    ...series.flatMap(({ points }, i) => lineMarks(points, plot, i, chart.exact)),
    ...(named ? endLabels(series, plot) : []),
  ];
  return { name, title, caption, ...size, marks, table: lineTable(chart, written) };
}

function xAxis({ xName, x }: LineChart): Axis {
  const [first, high] = x.length === 0 ? [0, 1] : [x[0], x[x.length - 1]];
  // The first logged step is rarely step 0, but the axis is easier to read from there.
  const low = first > 0 && first < high / 20 ? 0 : first;
  return high > low
    ? { name: xName, low, high, written: count }
    : { name: xName, low: low - 1, high: low + 1, written: count };
}

function yAxis(chart: LineChart, series: readonly Series[]): Axis {
  const { yName, yFrom, floors = [], written = numeral, writtenTick = written } = chart;
  const values = floors.map(({ value }) => value);
  if (yFrom !== undefined) values.push(yFrom);
  for (const { points } of series) {
    values.push(
      points.y.reduce((low, y) => Math.min(low, y)),
      points.y.reduce((high, y) => Math.max(high, y)),
    );
  }
  const [low, high] = values.length === 0 ? [0, 1] : roundRange(Math.min(...values), Math.max(...values), 10);
  return { name: yName, low, high, written: writtenTick };
}

function lineMarks(points: Points, plot: Frame, index: number, exact = false): Element[] {
  const colour = `series-${(index % 7) + 1}`;
  const strong = { class: `line-${colour}`, "stroke-width": 2.25, "stroke-dasharray": dashes[index % dashes.length] };
  if (points.x.length <= sparse) {
    const dots = Array.from(points.x, (x, i) =>
      element("circle", { cx: plot.x(x), cy: plot.y(points.y[i]), r: 3, class: colour }),
    );
    return [path(points, plot, strong), ...dots];
  }
  const pixels = Math.round(plot.right - plot.left);
  if (exact) return [path(thinned(points, pixels), plot, strong)];
  const start = points.x[0];
  const range = points.x[points.x.length - 1] - start;
  const places = Float64Array.from({ length: pixels }, (_, i) => start + (range * i) / (pixels - 1));
  const smooth = { x: places, y: smoothedAt(points, places, range * bandwidthShare) };
  return [
    path(thinned(points, pixels), plot, { class: `line-${colour}`, "stroke-opacity": 0.38 }),
    path(smooth, plot, strong),
  ];
}

function path({ x, y }: Points, plot: Frame, attributes: Attributes): Element {
  const places = Array.from(x, (value, i) => `${plot.x(value).toFixed(1)} ${plot.y(y[i]).toFixed(1)}`);
  return element("path", { d: `M${places.join("L")}`, "stroke-linejoin": "round", ...attributes });
}

function floorMarks({ name, value }: Floor, plot: Frame, written: (value: number) => string): Element[] {
  const y = plot.y(value);
  return [
    element("line", { x1: plot.left, x2: plot.right, y1: y, y2: y, class: "line-rule", "stroke-dasharray": "5 4" }),
    label(plot.right - 4, y - 5, `${name} ${written(value)}`, { size: 12, anchor: "end", colour: "muted" }),
  ];
}

/** Names at the line ends, moved apart until they can be read. */
function endLabels(series: readonly Series[], plot: Frame): Element[] {
  const ends = series.map(({ points }) => plot.y(points.y[points.y.length - 1]));
  const order = ends.map((_, i) => i).sort((a, b) => ends[a] - ends[b]);
  const placed = [...ends];
  for (let i = 1; i < order.length; i++) placed[order[i]] = Math.max(placed[order[i]], placed[order[i - 1]] + 15);
  return series.map(({ name }, i) => label(plot.right + 8, placed[i] + 4, name, { size: 12.5, bold: true }));
}

/** About a dozen measured rows, the first and the last among them. */
function lineTable({ xName, x, lines }: LineChart, written: (value: number) => string): Table {
  const measured = Array.from({ length: x.length }, (_, i) => i).filter((i) =>
    lines.some(({ y }) => Number.isFinite(y[i])),
  );
  const shown = Math.min(measured.length, tableRows);
  const chosen = Array.from(
    { length: shown },
    (_, row) => measured[shown < 2 ? 0 : Math.round((row * (measured.length - 1)) / (shown - 1))],
  );
  const columns = [xName, ...lines.map(({ name }) => name)];
  const rows = chosen.map((i) => [count(x[i]), ...lines.map(({ y }) => (Number.isFinite(y[i]) ? written(y[i]) : "–"))]);
  if (measured.length === shown) return { columns, rows };
  return { columns, rows, note: `${shown} of ${count(measured.length)} measurements, unsmoothed` };
}
