// From what a page has to plain pixels: a canvas, its ImageData, or bytes. Transparency is laid on white, as decoded
// files are.

import { UserError } from "../errors/index.ts";

/** [height, width, 3] bytes, rows from the top, a pixel's red, green and blue side by side. */
export interface RgbPicture {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** An `ImageData`: [height, width, 4] bytes, red, green, blue, alpha. */
export interface PixelData {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** An `HTMLCanvasElement` or `OffscreenCanvas` with a 2d context. */
export interface CanvasLike {
  readonly width: number;
  readonly height: number;
  getContext(kind: "2d"): object | null;
}

export type WebPicture = CanvasLike | PixelData | RgbPicture;

/** The pixels of a picture. Throws UserError for a canvas that has no 2d context. */
export function pixelsOf(picture: WebPicture): RgbPicture {
  if ("pixels" in picture) return picture;
  return "data" in picture ? withoutAlpha(picture) : withoutAlpha(readCanvas(picture));
}

interface Readable {
  getImageData(left: number, top: number, width: number, height: number): PixelData;
}

function readCanvas(canvas: CanvasLike): PixelData {
  const context = canvas.getContext("2d");
  if (context === null || !isReadable(context)) {
    throw new UserError({
      where: "canvas",
      expected: "a canvas with a 2d context",
      received: "one of another kind",
      remedy: 'draw the picture on a canvas of its own, after getContext("2d")',
    });
  }
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function isReadable(context: object): context is Readable {
  return "getImageData" in context && typeof context.getImageData === "function";
}

function withoutAlpha({ data, width, height }: PixelData): RgbPicture {
  const pixels = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < pixels.length; from += 4, to += 3) {
    const alpha = data[from + 3];
    for (let channel = 0; channel < 3; channel++) {
      pixels[to + channel] = Math.round((data[from + channel] * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return { pixels, width, height };
}
