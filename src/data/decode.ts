// Picture files to upright RGB bytes, through sharp (libvips): JPEG, PNG, WebP, AVIF; grey, CMYK and 16-bit pictures become
// 8-bit sRGB, transparency is laid on white, the EXIF orientation is applied. sharp is loaded when the first file is decoded,
// since the command line must start without it and CIFAR-10 is trained on without it.

import type { Sharp } from "sharp";
import type { Box } from "./resample.ts";
import { limited, type Size } from "./stored-size.ts";

/** An upright picture, pixels [height, width, 3]. */
export interface Decoded extends Size {
  readonly pixels: Uint8Array;
}

/** Names of files that are taken for pictures, by their ending. */
export const pictureEndings: readonly string[] = [".jpg", ".jpeg", ".png", ".webp", ".avif"];

/**
 * Loads sharp. On Linux this must happen in the main thread before a worker thread decodes (sharp's documentation, "worker threads").
 */
export async function loadDecoder(): Promise<(source: string | Uint8Array) => Sharp> {
  const { default: sharp } = await import("sharp");
  sharp.concurrency(1); // pictures are decoded side by side, so threads within one would only compete
  sharp.cache(false);
  return (source) => sharp(source, { failOn: "error" });
}

/**
 * The size that the header of a file tells; the pixels are not looked at.
 *
 * @throws what sharp throws where the file is no picture
 */
export async function readSize(path: string): Promise<Size> {
  const open = await loadDecoder();
  const { width, height } = (await open(path).metadata()).autoOrient;
  return { width, height };
}

/**
 * Decodes a whole file, made smaller where needed so that its shorter side is at most `side` pixels (Lanczos filter).
 *
 * @throws what sharp throws where the file is broken
 */
export async function decodeLimited(path: string, side: number): Promise<Decoded> {
  const open = await loadDecoder();
  const size = await readSize(path);
  const fitted = limited(size, side);
  const upright = open(path).autoOrient();
  const shrunk = fitted.width < size.width || fitted.height < size.height;
  const sized = shrunk ? upright.resize(fitted.width, fitted.height, { fit: "fill" }) : upright;
  const { data, info } = await rgb(sized).toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height };
}

/**
 * Decodes a whole picture at its own size.
 *
 * @param source path of a file, or its bytes
 * @throws what sharp throws where it is broken
 */
export async function decodeWhole(source: string | Uint8Array): Promise<Decoded> {
  const open = await loadDecoder();
  const { data, info } = await rgb(open(source).autoOrient()).toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height };
}

/**
 * Decodes the part of a file that lies in `box` and resizes it to a square of `side` pixels (bilinear, antialiased).
 *
 * @returns [side, side, 3]
 * @throws what sharp throws where the file is broken
 */
export async function decodeCrop(path: string, box: Box, side: number): Promise<Uint8Array> {
  const open = await loadDecoder();
  const cut = open(path).autoOrient().extract(box);
  return rgb(cut.resize(side, side, { fit: "fill", kernel: "linear" })).toBuffer();
}

/**
 * Decodes a PNG held in memory that must be RGB already.
 *
 * @throws what sharp throws where it is broken
 */
export async function decodePng(png: Uint8Array): Promise<Decoded> {
  const { default: sharp } = await import("sharp");
  const { data, info } = await rgb(sharp(png, { failOn: "error" })).toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height };
}

/** What is wrong with a file that could not be decoded, in a few words without its path. */
export function decodingFault(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message.split("\n")[0]?.trim() ?? "";
  if (/Input file is missing/.test(line)) return "the file cannot be opened";
  if (line === "" || /^unknown error$/i.test(line)) return "it is damaged or cut off";
  return line.replace(/^Input file /, "it ").replace(/^Vips[A-Za-z]+: /, "");
}

function rgb(picture: Sharp): Sharp {
  return picture.flatten({ background: "#ffffff" }).toColourspace("srgb").raw({ depth: "uchar" });
}
