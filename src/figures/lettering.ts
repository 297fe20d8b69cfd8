// Text on drawings. In a page it stays text (selectable, in the reader's own font); in
// a PNG it becomes outlines, because a server without fonts would leave it blank.
// Widths are measured on the same outlines and fit any sans-serif closely.
import { glyphs, unitsPerEm } from "./glyphs.ts";
import { type Attributes, type Content, type Element, element } from "./markup.ts";

/** Width of the widest common sans-serif beside the outlines' letters; bold is wider still by less than this allows. */
const widestFont = 1.18;

/** How a label is set: size in pixels, which end of it stands at (x, y), its colour class, its weight. */
export interface Lettering {
  readonly size?: number;
  readonly anchor?: "start" | "middle" | "end";
  readonly colour?: string;
  readonly bold?: boolean;
}

/** One line of text whose baseline is at y. */
export function label(x: number, y: number, text: string, lettering: Lettering = {}): Element {
  const { size = 12, anchor = "start", colour = "ink", bold = false } = lettering;
  const attributes: Attributes = {
    x,
    y,
    class: colour,
    "font-size": size,
    "text-anchor": anchor === "start" ? undefined : anchor,
    "font-weight": bold ? 600 : undefined,
  };
  return element("text", attributes, text);
}

/**
 * Pixels to keep free for a line of text on a page, where the reader's own font may be a wide one (DejaVu, Verdana).
 */
export function textRoom(text: string, size: number): number {
  return widestFont * textWidth(text, size);
}

/** Width in pixels of a line of text set at `size` in the outlines' own letters. */
export function textWidth(text: string, size: number): number {
  return (size / unitsPerEm) * [...text].reduce((sum, character) => sum + advanceOf(character), 0);
}

/** The text broken at spaces into lines of at most `width` pixels; a longer word stands alone. */
export function wrapped(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The text, or its beginning and an ellipsis, so that it is at most `width` pixels wide. */
export function fitted(text: string, size: number, width: number): string {
  if (textRoom(text, size) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && textRoom(`${characters.join("")}…`, size) > width) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}

/** The same tree with each text element drawn as outlines; a text with a letter we have no outline of stays text. */
export function outlined(content: Content): Content {
  if (typeof content === "string") return content;
  const text = content.children[0];
  if (content.name === "text" && typeof text === "string") return outlinedText(content, text);
  return { ...content, children: content.children.map(outlined) };
}

function outlinedText(content: Element, text: string): Element {
  const characters = [...text];
  if (!characters.every((character) => glyphs.has(character))) {
    return { ...content, attributes: { ...content.attributes, "font-family": "sans-serif" } };
  }
  const { x = 0, y = 0, class: colour, "font-size": size = 12, "text-anchor": anchor, ...rest } = content.attributes;
  const scale = Number(size) / unitsPerEm;
  const shift = anchor === "middle" ? 0.5 : anchor === "end" ? 1 : 0;
  let pen = -shift * characters.reduce((sum, character) => sum + advanceOf(character), 0);
  const letters = characters.map((character) => {
    const letter = element("path", { d: glyphs.get(character)?.contours, transform: `translate(${pen.toFixed(1)})` });
    pen += advanceOf(character);
    return letter;
  });
  const bold = rest["font-weight"] !== undefined;
  const transform = `translate(${x} ${y})scale(${scale.toFixed(5)})`;
  const weight = bold ? { class: `${colour} edge-${colour}`, "stroke-width": unitsPerEm / 28 } : { class: colour };
  return element("g", { ...weight, transform }, letters);
}

function advanceOf(character: string): number {
  return glyphs.get(character)?.advance ?? unitsPerEm * 0.6;
}
