// A drawing: marks in a box with the sentence that states its finding and the same
// numbers as a table. One drawing serves twice: inside a page (text stays text,
// colours follow the theme) and as a picture file (outlines, light palette).
import { label, outlined, wrapped } from "./lettering.ts";
import { type Content, type Element, element, serialise } from "./markup.ts";
import { colourIn, drawingRules, light, type Palette } from "./palette.ts";

/** The numbers of a drawing, for readers who cannot or do not want to see it. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the table leaves out, if anything. */
  readonly note?: string;
}

/** Marks in a box of width x height pixels. */
export interface Drawing {
  /** Names the file and the ids inside: lower case, letters, digits and hyphens. */
  readonly name: string;
  /** The finding, as a sentence without its full stop. */
  readonly title: string;
  /** How to read it and what it was measured on. */
  readonly caption: string;
  readonly width: number;
  readonly height: number;
  readonly marks: readonly Element[];
  readonly table?: Table;
}

/** The drawing as an `svg` element for a page, with its accessible name; the page gives the colours and the font. */
export function embedded(drawing: Drawing): Element {
  const { name, title, width, height, marks } = drawing;
  const titleId = `${name}-title`;
  return element("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-labelledby": titleId }, [
    element("title", { id: titleId }, title),
    ...marks,
  ]);
}

/** The drawing as a stand-alone SVG file: title above, caption below, its own ground and colours, no font needed. */
export function standaloneSvg(drawing: Drawing, palette: Palette = light): string {
  const { title, caption, width, height, marks } = drawing;
  const titleLines = wrapped(title, 16, width);
  const captionLines = wrapped(caption, 12, width);
  const top = margin + titleLines.length * 21 + 6;
  const bottom = top + height + 10;
  const full = { width: width + 2 * margin, height: bottom + captionLines.length * 17 + margin - 4 };
  const content: Content[] = [
    element(
      "style",
      {},
      drawingRules((name) => colourIn(palette, name)),
    ),
    element("rect", { ...full, class: "ground" }),
    ...titleLines.map((line, i) => label(margin, margin + 14 + i * 21, line, { size: 16, bold: true })),
    element("g", { transform: `translate(${margin} ${top})` }, marks),
    ...captionLines.map((line, i) => label(margin, bottom + 12 + i * 17, line, { colour: "muted" })),
  ];
  const attributes = { xmlns: "http://www.w3.org/2000/svg", ...full, viewBox: `0 0 ${full.width} ${full.height}` };
  return serialise(element("svg", attributes, content.map(outlined)));
}

/** The stand-alone drawing as a PNG file, `scale` device pixels to each of its own. */
export async function drawingPng(drawing: Drawing, scale = 2): Promise<Buffer> {
  // Loaded here: most of who draws (pages, tables) needs no picture library.
  const { default: sharp } = await import("sharp");
  const svg = Buffer.from(standaloneSvg(drawing));
  return sharp(svg, { density: 72 * scale, unlimited: true })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

const margin = 20;
