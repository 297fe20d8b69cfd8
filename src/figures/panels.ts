// Pictures inside drawings: small ones enlarged by whole pixels, framed, and regions of patches outlined and patterned.
import { type Attributes, type Element, element } from "./markup.ts";
import { light } from "./palette.ts";
import { dataAddress, type Raster } from "./raster.ts";

/** A place on a drawing. */
export interface Panel {
  readonly x: number;
  readonly y: number;
  /** Its width. */
  readonly size: number;
  /** A square when absent. */
  readonly height?: number;
}

/** The patches of a picture, numbered row by row. */
export interface PatchGrid {
  readonly rows: number;
  readonly columns: number;
}

/** Colours laid over photographs: the same in both themes, since a photograph has no theme. */
export const overlayColours: readonly string[] = light.series;

/** A picture on its panel; one with fewer pixels than the panel shows them as squares, never blurred. */
export function picturePanel(raster: Raster, { x, y, size, height = size }: Panel): Element {
  const rendering = raster.width < size ? "pixelated" : undefined;
  const address = dataAddress(raster);
  const place = { x, y, width: size, height };
  return element("image", { ...place, preserveAspectRatio: "none", "image-rendering": rendering, href: address });
}

/** One rectangle per run of neighbouring patches in a row. `patches` are indices in raster order. */
export function regionFill(patches: ArrayLike<number>, grid: PatchGrid, panel: Panel, attributes: Attributes): Element {
  const { width, height } = patchSize(grid, panel);
  const d = rowRuns(patches, grid.columns)
    .map(({ row, first, length }) => {
      const corner = `${panel.x + first * width} ${panel.y + row * height}`;
      return `M${corner}h${length * width}v${height}h${-length * width}z`;
    })
    .join("");
  return element("path", { d, ...attributes });
}

/** The border of a region of patches: every side of a patch that no neighbour in the region shares. */
export function regionOutline(
  patches: ArrayLike<number>,
  { rows, columns }: PatchGrid,
  panel: Panel,
  attributes: Attributes,
): Element {
  const { width, height } = patchSize({ rows, columns }, panel);
  const inside = new Set(Array.from(patches));
  const sides: string[] = [];
  for (const patch of inside) {
    const [row, column] = [Math.floor(patch / columns), patch % columns];
    const [left, top] = [panel.x + column * width, panel.y + row * height];
    if (row === 0 || !inside.has(patch - columns)) sides.push(`M${left} ${top}h${width}`);
    if (row === rows - 1 || !inside.has(patch + columns)) sides.push(`M${left} ${top + height}h${width}`);
    if (column === 0 || !inside.has(patch - 1)) sides.push(`M${left} ${top}v${height}`);
    if (column === columns - 1 || !inside.has(patch + 1)) sides.push(`M${left + width} ${top}v${height}`);
  }
  return element("path", { d: sides.join(""), fill: "none", "stroke-linecap": "square", ...attributes });
}

/**
 * Points `inset` pixels inside the corners of the box around a region: left top, right top, right bottom, left bottom.
 */
export function cornersInside(
  patches: ArrayLike<number>,
  grid: PatchGrid,
  panel: Panel,
  inset: number,
): { x: number; y: number }[] {
  const columns = Array.from(patches, (patch) => patch % grid.columns);
  const rows = Array.from(patches, (patch) => Math.floor(patch / grid.columns));
  if (rows.length === 0) return [];
  const { width, height } = patchSize(grid, panel);
  const [left, right] = [
    panel.x + Math.min(...columns) * width + inset,
    panel.x + (Math.max(...columns) + 1) * width - inset,
  ];
  const [top, bottom] = [
    panel.y + Math.min(...rows) * height + inset,
    panel.y + (Math.max(...rows) + 1) * height - inset,
  ];
  return [
    { x: left, y: top },
    { x: right, y: top },
    { x: right, y: bottom },
    { x: left, y: bottom },
  ];
}

/** Marks of which nothing shows outside the panel; `id` must be the only one of its name in the drawing. */
export function clippedTo({ x, y, size, height = size }: Panel, id: string, marks: readonly Element[]): Element[] {
  const box = element("rect", { x, y, width: size, height });
  return [element("clipPath", { id }, box), element("g", { "clip-path": `url(#${id})` }, marks)];
}

/** A hairline around a panel. */
export function panelFrame(
  { x, y, size, height = size }: Panel,
  attributes: Attributes = { class: "line-hairline" },
): Element {
  return element("rect", { x: x - 0.5, y: y - 0.5, width: size + 1, height: height + 1, fill: "none", ...attributes });
}

function patchSize({ rows, columns }: PatchGrid, { size, height = size }: Panel): { width: number; height: number } {
  return { width: size / columns, height: height / rows };
}

function rowRuns(patches: ArrayLike<number>, columns: number): { row: number; first: number; length: number }[] {
  const runs: { row: number; first: number; length: number }[] = [];
  for (const patch of [...new Set(Array.from(patches))].sort((a, b) => a - b)) {
    const [row, column] = [Math.floor(patch / columns), patch % columns];
    const last = runs.at(-1);
    if (last !== undefined && last.row === row && last.first + last.length === column) last.length++;
    else runs.push({ row, first: column, length: 1 });
  }
  return runs;
}
