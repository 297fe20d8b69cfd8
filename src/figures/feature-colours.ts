// Patch features as colours: the first three principal components of all patches of all pictures
// become red, green and blue. One basis and one scale per encoder for the whole figure, so that
// equal colours mean near features; the variance that the three directions hold is printed, and the
// untrained encoder stands beside, because it makes pretty pictures too.
import { colourMaps } from "./colour-maps.ts";
import type { Drawing, Table } from "./drawing.ts";
import { label } from "./lettering.ts";
import type { Element } from "./markup.ts";
import { count, percent } from "./numerals.ts";
import { type PatchGrid, panelFrame, picturePanel } from "./panels.ts";
import { squareRaster } from "./raster.ts";

/** One encoder's patches in its own basis of three principal components. */
export interface FeatureMaps {
  /** `trained`, `untrained`. */
  readonly name: string;
  /** [pictures * rows * columns, 3], patches in raster order. */
  readonly coordinates: Float32Array;
  /** Share of the variance along each of the three directions, in 0..1. */
  readonly share: ArrayLike<number>;
  /** Share of all variance that was each position's own mean and was taken away before; undefined where nothing was. */
  readonly positionShare?: number;
}

/** Pictures of `size` pixels a side and what each encoder makes of their patches. */
export interface FeatureFigure {
  readonly size: number;
  readonly grid: PatchGrid;
  /** Each [size, size, 3] bytes. */
  readonly pictures: readonly Uint8Array[];
  readonly encoders: readonly FeatureMaps[];
  /** How many patches the bases were fitted on. */
  readonly fittedOn: number;
}

const width = 960;
const labelWidth = 128;
const gap = 6;
const mostPictures = 8;

/** One row of pictures, and one row of patch colours for each encoder. At most eight pictures are drawn. */
export function featureColours(figure: FeatureFigure): Drawing {
  const pictures = figure.pictures.slice(0, mostPictures);
  const size = Math.min((width - labelWidth - gap * (pictures.length - 1)) / pictures.length, 150);
  const place = (column: number, row: number) => ({
    x: labelWidth + column * (size + gap),
    y: row * (size + gap) + 1,
    size,
  });
  const marks = [
    ...rowLabel(["picture"], place(0, 0).y, size),
    ...pictures.flatMap((picture, i) => [
      picturePanel(squareRaster(picture, figure.size), place(i, 0)),
      panelFrame(place(i, 0)),
    ]),
    ...figure.encoders.flatMap((encoder, row) => {
      const maps = colourMaps(encoder.coordinates, figure.grid);
      return [
        ...rowLabel(encoderLines(encoder), place(0, row + 1).y, size),
        ...pictures.flatMap((_, i) => [picturePanel(maps[i], place(i, row + 1)), panelFrame(place(i, row + 1))]),
      ];
    }),
  ];
  const height = (figure.encoders.length + 1) * (size + gap) - gap + 2;
  return { name: "features", ...words(figure), width, height, marks, table: shareTable(figure.encoders) };
}

function rowLabel(lines: readonly string[], y: number, size: number): Element[] {
  const first = y + size / 2 - (lines.length - 1) * 8 + 4;
  return lines.map((line, i) =>
    label(0, first + i * 17, line, i === 0 ? { size: 13.5, bold: true } : { size: 12, colour: "muted" }),
  );
}

function encoderLines({ name, share }: FeatureMaps): string[] {
  const parts = Array.from(share, (part) => (100 * part).toFixed(0));
  return [name, `${percent(held(share), 0)} of variance`, `(${parts.join(" + ")})`];
}

function words({ encoders, fittedOn }: FeatureFigure): { title: string; caption: string } {
  const shares = encoders.map(({ name, share }) => `${percent(held(share), 0)} of the ${name} encoder's`);
  const places = encoders.flatMap(({ name, positionShare }) =>
    positionShare === undefined ? [] : [`${percent(positionShare, 0)} of the ${name} encoder's variance`],
  );
  const before =
    places.length === 0
      ? ""
      : ` Before, the mean of each position over the pictures was taken away (${places.join(", ")}): it tells where a patch is, not what it shows.`;
  return {
    title: `Three directions hold ${shares.join(" and ")} patch variance`,
    caption: `Principal components 1, 2, 3 as red, green, blue: one basis and one scale for all pictures of a row, fitted on ${count(fittedOn)} patches, each component from its 2nd to its 98th percentile.${before} The colours mean nothing by themselves, and the two encoders' colours are not related: look for parts of things that share a colour.`,
  };
}

function held(share: ArrayLike<number>): number {
  return Array.from(share).reduce((sum, part) => sum + part, 0);
}

function shareTable(encoders: readonly FeatureMaps[]): Table {
  const rows = encoders.map(({ name, share }) => [
    name,
    ...Array.from(share, (part) => percent(part)),
    percent(held(share)),
  ]);
  return { columns: ["encoder", "component 1", "component 2", "component 3", "together"], rows };
}
