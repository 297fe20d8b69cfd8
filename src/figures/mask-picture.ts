// Sampled masks drawn on pictures: what the encoder sees (context) and what must be predicted (each target block). A
// block has its own colour, pattern and number; the rest of the picture is greyed, since neither side looks at it.
import type { Drawing, Table } from "./drawing.ts";
import { label, textRoom } from "./lettering.ts";
import { type Element, element } from "./markup.ts";
import { percent } from "./numerals.ts";
import {
  clippedTo,
  cornersInside,
  overlayColours,
  type Panel,
  type PatchGrid,
  panelFrame,
  picturePanel,
  regionFill,
  regionOutline,
} from "./panels.ts";
import { type Raster, squareRaster } from "./raster.ts";

/** One picture with its masks as patch indices in raster order: true tokens only, without padding. */
export interface MaskSample {
  /** [size, size, 3] bytes. */
  readonly picture: Uint8Array;
  readonly context: ArrayLike<number>;
  readonly targets: readonly ArrayLike<number>[];
}

/** Masks sampled for pictures of `size` pixels a side, cut into a grid of patches. */
export interface MaskFigure {
  readonly size: number;
  readonly grid: PatchGrid;
  readonly samples: readonly MaskSample[];
}

const width = 960;
const pairsPerRow = 3;
const pairGap = 30;
const panelGap = 6;
const panelSize = (width - (pairsPerRow - 1) * pairGap) / pairsPerRow / 2 - panelGap / 2;
const legendHeight = 40;

/** Each sample as two panels, the picture and its masks, under one legend. */
export function maskPicture(figure: MaskFigure): Drawing {
  const { samples } = figure;
  const marks = samples.flatMap((sample, i) => {
    const x = (i % pairsPerRow) * (2 * panelSize + panelGap + pairGap);
    const y = legendHeight + Math.floor(i / pairsPerRow) * (panelSize + pairGap * 0.8);
    const plain = { x, y, size: panelSize };
    const masked = { x: x + panelSize + panelGap, y, size: panelSize };
    const picture = squareRaster(sample.picture, figure.size);
    return [
      picturePanel(picture, plain),
      panelFrame(plain),
      ...clippedTo(masked, `masks-clip-${i + 1}`, maskMarks(sample, picture, figure.grid, masked)),
      panelFrame(masked),
    ];
  });
  const blocks = Math.max(0, ...samples.map(({ targets }) => targets.length));
  const lines = Math.ceil(samples.length / pairsPerRow);
  return {
    name: "masks",
    ...words(figure),
    width,
    height: legendHeight + lines * (panelSize + pairGap * 0.8) - pairGap * 0.8 + 4,
    marks: [patterns(blocks), ...legend(blocks), ...marks],
    table: maskTable(figure),
  };
}

function maskMarks({ context, targets }: MaskSample, picture: Raster, grid: PatchGrid, panel: Panel): Element[] {
  const seen = new Set([...Array.from(context), ...targets.flatMap((target) => Array.from(target))]);
  return [
    picturePanel(greyed(picture, grid, seen), panel),
    regionFill(context, grid, panel, { fill: overlayColours[0], "fill-opacity": 0.12 }),
    ...targets.flatMap((target, i) => [
      regionFill(target, grid, panel, { fill: targetColour(i), "fill-opacity": 0.55 }),
      regionFill(target, grid, panel, { fill: `url(#masks-pattern-${i + 1})` }),
    ]),
    regionOutline(context, grid, panel, { stroke: "#ffffff", "stroke-width": 4 }),
    regionOutline(context, grid, panel, { stroke: overlayColours[0], "stroke-width": 2.25 }),
    ...targets.flatMap((target, i) => [
      regionOutline(target, grid, panel, { stroke: "#ffffff", "stroke-width": 4 }),
      regionOutline(target, grid, panel, { stroke: targetColour(i), "stroke-width": 2.25 }),
    ]),
    ...chips(targets, grid, panel),
  ];
}

/** Patches that no mask holds lose their colour and most of their contrast. */
function greyed({ pixels, width, height }: Raster, { rows, columns }: PatchGrid, seen: ReadonlySet<number>): Raster {
  const faded = Uint8Array.from(pixels);
  for (let i = 0; i < width * height; i++) {
    const row = Math.floor((Math.floor(i / width) * rows) / height);
    const column = Math.floor(((i % width) * columns) / width);
    if (seen.has(row * columns + column)) continue;
    const luma = 0.299 * pixels[3 * i] + 0.587 * pixels[3 * i + 1] + 0.114 * pixels[3 * i + 2];
    faded.fill(0.3 * luma + 0.7 * 160, 3 * i, 3 * i + 3);
  }
  return { pixels: faded, width, height };
}

/** The context has the first colour; target blocks take the others in turn. */
function targetColour(block: number): string {
  return overlayColours[1 + (block % (overlayColours.length - 1))];
}

/** The number of each block in one of its corners, where no earlier number stands. */
function chips(targets: readonly ArrayLike<number>[], grid: PatchGrid, panel: Panel): Element[] {
  const taken: { x: number; y: number }[] = [];
  return targets.flatMap((target, block) => {
    const corners = cornersInside(target, grid, panel, 10);
    const free = corners.find(({ x, y }) => taken.every((other) => Math.hypot(x - other.x, y - other.y) >= 17));
    const place = free ?? corners[0];
    if (place === undefined) return [];
    taken.push(place);
    return chip(place, block);
  });
}

/** A small white disc with the block's number. */
function chip({ x, y }: { x: number; y: number }, block: number): Element[] {
  const number = { "font-size": 11, "text-anchor": "middle", class: "on-white" };
  return [
    element("circle", { cx: x, cy: y, r: 8, fill: "#ffffff", stroke: targetColour(block), "stroke-width": 1.5 }),
    element("text", { x, y: y + 4, ...number }, `${block + 1}`),
  ];
}

/** White lines for each block: rising, falling, dots, crossed, level, upright, then again. */
const patternPaths = ["M0 8L8 0", "M0 0L8 8", "M3 4h2", "M0 4h8M4 0v8", "M0 4h8", "M4 0v8"];

function patterns(blocks: number): Element {
  const all = Array.from({ length: blocks }, (_, i) => {
    const path = patternPaths[i % patternPaths.length];
    const line = element("path", { d: path, stroke: "#ffffff", "stroke-width": path === "M3 4h2" ? 3 : 1.4 });
    return element(
      "pattern",
      { id: `masks-pattern-${i + 1}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
      line,
    );
  });
  return element("defs", {}, all);
}

function legend(blocks: number): Element[] {
  const box = (x: number, attributes: Record<string, string | number>) =>
    element("rect", { x, y: 3, width: 26, height: 18, ...attributes });
  const context = "context: all that the encoder sees";
  const target = blocks === 1 ? "target block to predict" : `target blocks 1 to ${blocks}, each predicted by itself`;
  const marks = [
    box(1, { fill: overlayColours[0], "fill-opacity": 0.12, stroke: overlayColours[0], "stroke-width": 2.25 }),
    label(36, 17, context, { size: 13 }),
  ];
  let x = 36 + textRoom(context, 13) + 34;
  for (let i = 0; i < blocks; i++) {
    marks.push(
      box(x, { fill: targetColour(i), "fill-opacity": 0.75 }),
      box(x, { fill: `url(#masks-pattern-${i + 1})` }),
    );
    marks.push(box(x, { fill: "none", stroke: targetColour(i), "stroke-width": 1.5 }));
    x += 30;
  }
  marks.push(label(x + 6, 17, target, { size: 13 }));
  x += 6 + textRoom(target, 13) + 34;
  return [...marks, box(x, { fill: "#a0a0a0" }), label(x + 35, 17, "neither", { size: 13 })];
}

function words({ grid, samples }: MaskFigure): { title: string; caption: string } {
  const total = grid.rows * grid.columns;
  const context = mean(samples.map((sample) => new Set(Array.from(sample.context)).size));
  const blocks = mean(samples.map(({ targets }) => targets.length));
  const tokens = mean(samples.flatMap(({ targets }) => targets.map((target) => target.length)));
  return {
    title: `From ${percent(context / total, 0)} of a picture the model predicts ${plain(blocks)} blocks of ${plain(tokens)} patches each`,
    caption: `${samples.length} pictures on a grid of ${grid.rows} × ${grid.columns} patches, masks drawn by the run's own sampler. Context: ${plain(context)} of ${total} patches on average; ${samples.some(contextMeetsTarget) ? "it overlaps some target blocks" : "it holds no patch of any target block"}.`,
  };
}

function contextMeetsTarget({ context, targets }: MaskSample): boolean {
  const seen = new Set(Array.from(context));
  return targets.some((target) => Array.from(target).some((patch) => seen.has(patch)));
}

function maskTable({ grid, samples }: MaskFigure): Table {
  const total = grid.rows * grid.columns;
  const rows = samples.map(({ context, targets }, i) => {
    const held = new Set([...Array.from(context), ...targets.flatMap((target) => Array.from(target))]);
    const sizes = targets.map((target) => `${target.length}`).join(", ");
    return [`${i + 1}`, `${new Set(Array.from(context)).size}`, sizes, `${total - held.size}`];
  });
  return { columns: ["picture", "context patches", "patches of each target block", "neither"], rows };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}

/** Whole numbers without a decimal, means with one. */
function plain(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toFixed(1);
}
