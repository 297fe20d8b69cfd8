// A contact sheet: many pictures of one size on a grid, each with a short line under it if there is one.
import type { Drawing } from "./drawing.ts";
import { fitted, label } from "./lettering.ts";
import { panelFrame, picturePanel } from "./panels.ts";
import { squareRaster } from "./raster.ts";

/** Pictures of `size` pixels a side, [size, size, 3] bytes each. */
export interface ContactSheet {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly size: number;
  readonly pictures: readonly { readonly picture: Uint8Array; readonly label?: string }[];
  readonly columns?: number;
}

const width = 960;
const gap = 8;
const labelHeight = 20;

/** Draws the pictures row by row. */
export function contactSheet({ name, title, caption, size, pictures, columns = 10 }: ContactSheet): Drawing {
  const panelSize = (width - gap * (columns - 1)) / columns;
  const step = panelSize + gap + (pictures.some((entry) => entry.label !== undefined) ? labelHeight : 0);
  const marks = pictures.flatMap(({ picture, label: text }, i) => {
    const panel = {
      x: (i % columns) * (panelSize + gap),
      y: Math.floor(i / columns) * step + 1,
      size: panelSize,
    };
    const under = { x: panel.x + panelSize / 2, y: panel.y + panelSize + 16 };
    return [
      picturePanel(squareRaster(picture, size), panel),
      panelFrame(panel),
      ...(text === undefined ? [] : [label(under.x, under.y, fitted(text, 12, panelSize), { anchor: "middle" })]),
    ];
  });
  return { name, title, caption, width, height: Math.ceil(pictures.length / columns) * step, marks };
}
