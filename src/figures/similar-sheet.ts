// Contact sheets of pictures that are alike: a query with its hits around it, and groups of near-identical pictures.
// Pictures keep their aspect; under each stand its name and its similarity.
import type { Drawing, Table } from "./drawing.ts";
import { fitted, label } from "./lettering.ts";
import { type Element, element } from "./markup.ts";
import { type Panel, panelFrame } from "./panels.ts";
import { dataAddress, type Raster } from "./raster.ts";

/** A picture on a sheet; without pixels where it could not be read any more. */
export interface SheetPicture {
  readonly name: string;
  readonly picture?: Raster | undefined;
}

/** A picture with its similarity (cosine, -1..1) to the query, or to the nearest of its group. */
export interface SimilarSheetPicture extends SheetPicture {
  readonly similarity: number;
}

/** A query and what was found, most similar first. */
export interface HitSheet {
  readonly query: SheetPicture;
  readonly hits: readonly SimilarSheetPicture[];
  /** What was searched, and how: `50,000 pictures of the index, by run demo`. */
  readonly searched: string;
}

/** Groups of near-identical pictures. */
export interface DuplicateSheet {
  readonly groups: readonly (readonly SimilarSheetPicture[])[];
  /** What was compared, and what is left out of the sheet. */
  readonly compared: string;
}

const width = 960;
const columns = 6;
const gap = 12;
const cell = (width - gap * (columns - 1)) / columns;
const labelHeight = 38;
const step = cell + labelHeight + 8;
/** The query takes so many cells a side. */
const querySpan = 2;
const groupHead = 26;

/** Draws the query large at the left, the hits beside and below it. */
export function hitSheet({ query, hits, searched }: HitSheet): Drawing {
  const places = [...cellsAround(hits.length)];
  const large = { x: 0, y: 1, size: querySpan * cell + (querySpan - 1) * gap };
  const marks = [
    ...framed(query, large, { class: "line-ink", "stroke-width": 2 }),
    label(large.x, large.y + large.size + 18, "query", { size: 13, bold: true }),
    label(large.x + 48, large.y + large.size + 18, fitted(query.name, 13, large.size - 48), { size: 13 }),
    ...hits.flatMap((hit, i) => similarMarks(hit, `${i + 1}`, panelAt(places[i].column, places[i].row * step))),
  ];
  const rows = Math.max(querySpan, ...places.map(({ row }) => row + 1));
  const [nearest] = hits;
  const title = nearest
    ? `Nearest to ${query.name}: ${nearest.name}, similarity ${nearest.similarity.toFixed(3)}`
    : `Nothing to compare ${query.name} with`;
  const caption = `${hits.length} nearest by cosine similarity of ${searched}, in reading order.`;
  return { name: "hits", title, caption, width, height: rows * step, marks, table: tableOf([hits], "rank") };
}

/** Draws group after group, each from a new line on. */
export function duplicateSheet({ groups, compared }: DuplicateSheet): Drawing {
  const marks: Element[] = [];
  let top = 0;
  for (const [number, group] of groups.entries()) {
    marks.push(label(0, top + 16, `${number + 1}: ${group.length} pictures`, { size: 13, bold: true }));
    top += groupHead;
    for (const [i, picture] of group.entries()) {
      marks.push(...similarMarks(picture, "", panelAt(i % columns, top + Math.floor(i / columns) * step)));
    }
    top += Math.ceil(group.length / columns) * step;
  }
  const pictures = groups.reduce((sum, { length }) => sum + length, 0);
  return {
    name: "duplicates",
    title:
      groups.length === 1
        ? "One group of near-identical pictures"
        : `${groups.length} groups of near-identical pictures`,
    caption: `${pictures} pictures, each with its similarity to the nearest other of its group; ${compared}.`,
    width,
    height: Math.max(1, top),
    marks,
    table: tableOf(groups, "group"),
  };
}

/** Cells beside the query, line by line, then whole lines. */
function* cellsAround(count: number): Generator<{ column: number; row: number }> {
  for (let made = 0, row = 0; made < count; row++) {
    for (let column = row < querySpan ? querySpan : 0; column < columns && made < count; column++, made++) {
      yield { column, row };
    }
  }
}

function panelAt(column: number, y: number): Panel {
  return { x: column * (cell + gap), y: y + 1, size: cell };
}

function similarMarks(picture: SimilarSheetPicture, rank: string, panel: Panel): Element[] {
  const under = panel.y + panel.size;
  const right = label(panel.x + panel.size, under + 16, picture.similarity.toFixed(3), { anchor: "end", bold: true });
  const left = rank === "" ? [] : [label(panel.x, under + 16, rank, { colour: "muted" })];
  return [...framed(picture, panel), ...left, right, label(panel.x, under + 32, fitted(picture.name, 12, panel.size))];
}

/** A picture in the middle of its panel, as large as fits; words where there is none. */
function framed({ picture }: SheetPicture, panel: Panel, frame?: Parameters<typeof panelFrame>[1]): Element[] {
  if (picture === undefined) {
    const words = label(panel.x + panel.size / 2, panel.y + panel.size / 2, "not readable now", {
      anchor: "middle",
      colour: "muted",
    });
    return [panelFrame(panel, frame), words];
  }
  const scale = panel.size / Math.max(picture.width, picture.height);
  const size = { width: picture.width * scale, height: picture.height * scale };
  const place = { x: panel.x + (panel.size - size.width) / 2, y: panel.y + (panel.size - size.height) / 2 };
  const rendering = scale > 1 ? "pixelated" : undefined;
  const image = { ...place, ...size, preserveAspectRatio: "none", "image-rendering": rendering };
  return [element("image", { ...image, href: dataAddress(picture) }), panelFrame(panel, frame)];
}

function tableOf(groups: readonly (readonly SimilarSheetPicture[])[], first: "rank" | "group"): Table {
  const rows = groups.flatMap((group, number) => {
    return group.map(({ name, similarity }, rank) => {
      return [String((first === "rank" ? rank : number) + 1), similarity.toFixed(4), name];
    });
  });
  return { columns: [first, "similarity", "picture"], rows };
}
