// Nearest neighbours in feature space: a query and its closest pictures in a row. Where labels are known, a hit of the
// query's class carries a tick and a solid frame, another a cross and a dashed one.
import type { Drawing, Table } from "./drawing.ts";
import { fitted, label } from "./lettering.ts";
import { type Element, element } from "./markup.ts";
import { percent } from "./numerals.ts";
import { type Panel, panelFrame, picturePanel } from "./panels.ts";
import { squareRaster } from "./raster.ts";

/** A picture [size, size, 3] bytes, with the name of its class where it has one. */
export interface LabelledPicture {
  readonly picture: Uint8Array;
  readonly label?: string;
}

/** A picture found, with its similarity to the query (cosine, -1..1). */
export interface Hit extends LabelledPicture {
  readonly similarity: number;
}

/** One query with its hits, nearest first. */
export interface NeighbourRow {
  readonly query: LabelledPicture;
  readonly hits: readonly Hit[];
}

/** Queries that were not among the pictures searched. */
export interface NeighbourFigure {
  readonly size: number;
  readonly rows: readonly NeighbourRow[];
  /** How the queries were chosen: `test pictures drawn by chance`. */
  readonly queries: string;
  /** What was searched: `50,000 training pictures`. */
  readonly searched: string;
}

const width = 960;
const gap = 10;
const queryGap = 34;
const head = 24;
const labelHeight = 40;

/** Draws each query and its hits in a row, with the class and the similarity under each. */
export function neighbourPicture(figure: NeighbourFigure): Drawing {
  const { rows } = figure;
  const most = Math.max(1, ...rows.map(({ hits }) => hits.length));
  const size = Math.min((width - queryGap - gap * (most - 1)) / (most + 1), 110);
  const left = (column: number) => (column === 0 ? 0 : size + queryGap + (column - 1) * (size + gap));
  const step = size + labelHeight;
  const marks = [
    label(0, 13, "query", { size: 13, bold: true }),
    label(left(1), 13, "nearest first", { size: 13, bold: true }),
    ...rows.flatMap(({ query, hits }, row) => {
      const y = head + row * step;
      return [
        ...queryMarks(query, { x: 0, y, size }, figure.size),
        ...hits.flatMap((hit, i) => hitMarks(hit, query, { x: left(i + 1), y, size }, figure.size)),
      ];
    }),
  ];
  const height = head + rows.length * step - 6;
  return { name: "neighbours", ...words(figure), width: left(most) + size + 2, height, marks, table: hitTable(rows) };
}

function queryMarks(query: LabelledPicture, panel: Panel, size: number): Element[] {
  const name = query.label === undefined ? [] : [labelUnder(query.label, panel, panel.x, { bold: true })];
  return [picturePanel(squareRaster(query.picture, size), panel), panelFrame(panel), ...name];
}

function hitMarks(hit: Hit, query: LabelledPicture, panel: Panel, size: number): Element[] {
  const picture = picturePanel(squareRaster(hit.picture, size), panel);
  const similarity = label(panel.x, panel.y + panel.size + 30, hit.similarity.toFixed(3), {
    size: 11,
    colour: "muted",
  });
  if (hit.label === undefined) return [picture, panelFrame(panel), similarity];
  const right = hit.label === query.label;
  const frame = right
    ? { class: "line-series-3", "stroke-width": 2 }
    : { class: "line-series-2", "stroke-width": 2, "stroke-dasharray": "5 3" };
  const mark = element("path", {
    d: right ? "M1 6l3 3.5l6-8" : "M1.5 1.5l8 8M9.5 1.5l-8 8",
    transform: `translate(${panel.x} ${panel.y + panel.size + 6.5})`,
    class: right ? "line-series-3" : "line-series-2",
    "stroke-width": 2,
  });
  return [picture, panelFrame(panel, frame), mark, labelUnder(hit.label, panel, panel.x + 15), similarity];
}

function labelUnder(text: string, panel: Panel, x: number, lettering: { bold?: boolean } = {}): Element {
  const room = panel.x + panel.size - x;
  return label(x, panel.y + panel.size + 16, fitted(text, 12, room), { size: 12, ...lettering });
}

function words({ rows, queries, searched }: NeighbourFigure): { title: string; caption: string } {
  const hits = rows.flatMap(({ query, hits }) => hits.map((hit) => ({ query: query.label, hit: hit.label })));
  const known = hits.filter(({ query, hit }) => query !== undefined && hit !== undefined);
  const right = known.filter(({ query, hit }) => query === hit).length;
  const drawn = `Queries: ${queries}; searched among ${searched} by cosine of mean-pooled features (the number under each hit).`;
  if (known.length === 0) return { title: "What the encoder finds alike", caption: drawn };
  return {
    title: `${right} of ${known.length} nearest neighbours share the query's class (${percent(right / known.length, 0)})`,
    caption: `${drawn} Tick and solid frame: same class; cross and dashed frame: another. So few queries illustrate; the kNN score measures.`,
  };
}

function hitTable(rows: readonly NeighbourRow[]): Table {
  return {
    columns: ["query", "hit", "class of the hit", "similarity"],
    rows: rows.flatMap(({ query, hits }, row) =>
      hits.map((hit, i) => [
        `${row + 1}${query.label === undefined ? "" : `, ${query.label}`}`,
        `${i + 1}`,
        hit.label === undefined ? "–" : `${hit.label}${hit.label === query.label ? " (same)" : " (other)"}`,
        hit.similarity.toFixed(3),
      ]),
    ),
  };
}
