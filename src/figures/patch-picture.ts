// One picture and what an encoder makes of its patches: colours of their principal components, how near each is to a
// chosen one, and where a block's attention looks. Every map but the colours has its scale beside it.
import { colourMaps } from "./colour-maps.ts";
import type { Drawing, Table } from "./drawing.ts";
import { head, scaleMarks } from "./heat-map.ts";
import { fitted, label } from "./lettering.ts";
import { type Element, element } from "./markup.ts";
import { count, numeral, percent } from "./numerals.ts";
import { channels, cividis } from "./palette.ts";
import { type Panel, type PatchGrid, panelFrame, picturePanel, regionOutline } from "./panels.ts";
import type { Raster } from "./raster.ts";

/** A patch, counted from 0 at the left top. */
interface Place {
  readonly row: number;
  readonly column: number;
}

/** Maps over the patches of one picture, in raster order. */
export interface PatchFigure {
  /** Of the picture, and of the model that looked at it. */
  readonly name: string;
  readonly model: string;
  /** As the model was given it. */
  readonly picture: Raster;
  readonly grid: PatchGrid;
  /** [patches, 3] along three principal components, and the share of the variance along each, in 0..1. */
  readonly coordinates: Float32Array;
  readonly share: ArrayLike<number>;
  /** Share of the patches' variance that was taken away with a plain picture, in 0..1; undefined where it was left in. */
  readonly taken?: number | undefined;
  /** Cosine of each patch to the chosen one. */
  readonly similarity?: { readonly patch: Place; readonly values: Float32Array } | undefined;
  /** Attention of one block: weights that add up to 1, from one patch or (undefined) from all on average. */
  readonly attention?:
    | {
        readonly block: number;
        readonly from: Place | undefined;
        readonly mean: Float32Array;
        readonly heads: readonly Float32Array[];
      }
    | undefined;
}

const width = 960;
const gap = 14;
const rowGap = 22;
/** For a scale at the right of a row. */
const scaleRoom = 128;
const largest = 264;
const mostBeside = 5;
/**
 * Attention above this share of all weights is drawn as this much, so that one bright patch does not darken the rest.
 */
const brightest = 0.995;

/** Draws the picture and its maps. */
export function patchPicture(figure: PatchFigure): Drawing {
  const first = firstRow(figure);
  const second = figure.attention === undefined ? undefined : attentionRows(figure, figure.attention);
  const marks = [...first.marks, ...(second === undefined ? [] : [shifted(0, first.height + rowGap, second.marks)])];
  const height = first.height + (second === undefined ? 0 : rowGap + second.height) + 2;
  return { name: "patches", ...words(figure), width, height, marks, table: tableOf(figure) };
}

interface Part {
  readonly marks: readonly Element[];
  readonly height: number;
}

/** Picture, principal components, similarity with its scale. */
function firstRow({ picture, grid, coordinates, share, similarity }: PatchFigure): Part {
  const box = boxOf(picture, Math.min(largest, (width - scaleRoom - 2 * gap) / 3));
  const panel = (index: number): Panel => ({ x: index * (box.size + gap), y: head, ...box });
  const [colours] = colourMaps(coordinates, grid);
  const parts = Array.from(share, (part) => (100 * part).toFixed(0)).join(" + ");
  const marks = [
    ...titled("as the model sees it", panel(0), picture),
    ...titled(`components: ${percent(held(share), 0)} (${parts})`, panel(1), colours),
  ];
  if (similarity === undefined) return { marks, height: head + box.height };
  const { patch, values } = similarity;
  const chosen = patch.row * grid.columns + patch.column;
  const [low, high] = similarityRange(values, chosen);
  const scale = { scaleName: "cosine", low, high, written: (value: number) => value.toFixed(2) };
  return {
    marks: [
      ...marks,
      ...chosenMarks(chosen, grid, panel(0)),
      ...titled(`similarity to ${placeText(patch)}`, panel(2), heatRaster(values, grid, low, high)),
      ...chosenMarks(chosen, grid, panel(2)),
      ...scaleMarks(scale, 3 * (box.size + gap), box.height),
    ],
    height: head + box.height,
  };
}

/** The range of all patches but the chosen one, whose 1 would squeeze the others together. */
function similarityRange(values: Float32Array, chosen: number): [low: number, high: number] {
  const others = values.filter((_, i) => i !== chosen);
  return [Math.min(...others), Math.max(...others)];
}

/** The mean of the heads and each of them, on one scale. */
function attentionRows({ picture, grid }: PatchFigure, view: NonNullable<PatchFigure["attention"]>): Part {
  const { block, from, mean, heads } = view;
  const maps = heads.length === 1 ? heads : [mean, ...heads];
  const beside = Math.min(maps.length, mostBeside);
  const box = boxOf(picture, Math.min(largest, (width - scaleRoom - beside * gap) / beside));
  const high = brightestWeight(maps);
  const step = head + box.height + rowGap - 8;
  const marks = maps.flatMap((map, index) => {
    const [column, row] = [index % beside, Math.floor(index / beside)];
    const panel = { x: column * (box.size + gap), y: row * step + head, ...box };
    const average = maps.length === 1 ? `block ${block}, 1 head` : `block ${block}, mean of ${heads.length}`;
    return [
      ...titled(index === 0 ? average : `head ${index}`, panel, heatRaster(map, grid, 0, high)),
      ...(from === undefined ? [] : chosenMarks(from.row * grid.columns + from.column, grid, panel)),
    ];
  });
  const scale = { scaleName: "attention", low: 0, high, written: (value: number) => percent(value) };
  const lines = Math.ceil(maps.length / beside);
  return {
    marks: [...marks, ...scaleMarks(scale, beside * (box.size + gap), box.height)],
    height: lines * step - (step - head - box.height),
  };
}

function brightestWeight(maps: readonly Float32Array[]): number {
  const weights = maps.flatMap((map) => Array.from(map)).sort((a, b) => a - b);
  return weights[Math.floor(brightest * (weights.length - 1))];
}

/** A box of the picture's aspect that is at most `side` wide, and not much higher. */
function boxOf({ width: pictureWidth, height }: Raster, side: number): { size: number; height: number } {
  const scale = side / Math.max(pictureWidth, height / 1.25);
  return { size: pictureWidth * scale, height: height * scale };
}

function titled(title: string, panel: Panel, raster: Raster): Element[] {
  const name = label(panel.x, panel.y - 9, fitted(title, 12.5, panel.size + gap), { size: 12.5, bold: true });
  return [name, picturePanel(raster, panel), panelFrame(panel)];
}

/** A white line within a dark one: seen on every colour. */
function chosenMarks(chosen: number, grid: PatchGrid, panel: Panel): Element[] {
  return [
    regionOutline([chosen], grid, panel, { stroke: "#000000", "stroke-width": 4 }),
    regionOutline([chosen], grid, panel, { stroke: "#ffffff", "stroke-width": 1.75 }),
  ];
}

/** Values on the grid as a picture of one pixel a patch. */
function heatRaster(values: Float32Array, { rows, columns }: PatchGrid, low: number, high: number): Raster {
  const pixels = Uint8Array.from(
    Array.from(values).flatMap((value) => channels(cividis((value - low) / (high - low || 1)))),
  );
  return { pixels, width: columns, height: rows };
}

function shifted(x: number, y: number, marks: readonly Element[]): Element {
  return element("g", { transform: `translate(${x} ${y})` }, marks);
}

function placeText({ row, column }: Place): string {
  return `row ${row}, column ${column}`;
}

function held(share: ArrayLike<number>): number {
  return Array.from(share).reduce((sum, part) => sum + part, 0);
}

function words({ name, model, grid, share, taken, picture, similarity, attention }: PatchFigure): {
  title: string;
  caption: string;
} {
  const patches = grid.rows * grid.columns;
  const sentences = [
    `${picture.width} x ${picture.height} pixels, ${grid.columns} x ${grid.rows} patches, after the last layer's norm.`,
    ...(taken === undefined ? [] : [contentSentence(taken)]),
    `Components 1, 2, 3 of this picture's own ${count(patches)} patches as red, green, blue, each from its 2nd to its 98th percentile: the colours mean nothing by themselves${taken === undefined ? ", and show where a patch is as well as what it shows" : ""}.`,
  ];
  if (similarity !== undefined) {
    sentences.push(
      `Similarity: cosine of features to the outlined patch (counted from 0), which is 1 itself; the scale spans the others.`,
    );
  }
  if (attention !== undefined) {
    const whose = attention.from === undefined ? "averaged over all patches" : "of the outlined patch";
    sentences.push(
      `Attention ${whose}, one scale for all heads up to the ${numeral(100 * brightest)}th percentile; even attention would be ${percent(1 / patches)} everywhere.`,
    );
  }
  return {
    title: `${name}, seen by ${model}: three directions hold ${percent(held(share), 0)} of the ${taken === undefined ? "patches' variance" : "variance of what its patches show"}`,
    caption: sentences.join(" "),
  };
}

function contentSentence(taken: number): string {
  return `Of each patch's features those of a plain picture of the same mean colour are taken away, with ${percent(taken, 0)} of the variance: they tell mostly where a patch is, and the rest what it shows.`;
}

function tableOf({ grid, coordinates, similarity, attention }: PatchFigure): Table {
  const columns = [
    "row",
    "column",
    ...[1, 2, 3].map((component) => `component ${component}`),
    ...(similarity === undefined ? [] : ["cosine"]),
    ...(attention === undefined ? [] : ["mean attention", ...attention.heads.map((_, head) => `head ${head + 1}`)]),
  ];
  const rows = Array.from({ length: grid.rows * grid.columns }, (_, patch) => [
    String(Math.floor(patch / grid.columns)),
    String(patch % grid.columns),
    ...[0, 1, 2].map((component) => numeral(coordinates[3 * patch + component])),
    ...(similarity === undefined ? [] : [similarity.values[patch].toFixed(3)]),
    ...(attention === undefined ? [] : [attention.mean, ...attention.heads].map((map) => percent(map[patch]))),
  ]);
  return { columns, rows };
}
