// Picture files to upright RGB bytes, through sharp (libvips): JPEG, PNG, WebP, AVIF; grey, CMYK and 16-bit pictures
// become 8-bit sRGB, transparency is laid on white, the EXIF orientation is applied. sharp is loaded when the first
// file is decoded, since the command line must start without it and CIFAR-10 is trained on without it.

import { open as openFile, readFile } from "node:fs/promises";
import type { Metadata, Sharp } from "sharp";
import { UserError } from "../errors/index.ts";
import { diskFault, errorCode } from "../files/index.ts";
import type { Box } from "./resample.ts";
import { limited, type Size } from "./stored-size.ts";

/** An upright picture, pixels [height, width, 3]. */
export interface Decoded extends Size {
  readonly pixels: Uint8Array;
}

/** Endings of the formats that are read. */
const readEndings = [".jpg", ".jpeg", ".png", ".webp", ".avif"];
/** Endings of pictures that are not: their files are named, with that reason, and not passed over. */
const otherEndings = [".gif", ".tif", ".tiff", ".bmp", ".heic", ".heif", ".jxl"];

/** Names of files that are taken for pictures, by their ending. */
export const pictureEndings: readonly string[] = [...readEndings, ...otherEndings];

/**
 * Loads sharp. On Linux this must happen in the main thread before a worker thread decodes (sharp's documentation,
 * "worker threads").
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
 * @throws as `decodeWhole`
 */
export async function readSize(path: string): Promise<Size> {
  await requireContent(path);
  const { width, height } = (await readHeader(path)).autoOrient;
  return { width, height };
}

/**
 * What the header of a picture tells, whatever its file is called.
 *
 * @throws Error for a format that is not ours; else what sharp throws
 */
async function readHeader(source: string | Uint8Array): Promise<Metadata> {
  const open = await loadDecoder();
  const header = await open(source).metadata();
  const { format, compression } = header;
  // AVIF is what sharp calls HEIF with AV1 in it.
  if (format === "heif" ? compression === "av1" : formats.includes(format)) return header;
  throw new Error(`it is ${format.toUpperCase()}, and not JPEG, PNG, WebP or AVIF`);
}

const formats: readonly string[] = ["jpeg", "png", "webp", "avif"];

// Of a file that is missing or empty sharp says that it does not know the format.
async function requireContent(path: string): Promise<void> {
  try {
    const file = await openFile(path, "r");
    const { size } = await file.stat().finally(() => file.close());
    if (size > 0) return;
  } catch (error) {
    throw diskFault(path, error);
  }
  throw emptyFile();
}

function emptyFile(): Error {
  return new Error("it is empty");
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
 * @throws UserError where the file cannot be opened; Error where it is empty, or a picture of another format than ours;
 *   else what sharp throws
 */
export async function decodeWhole(source: string | Uint8Array): Promise<Decoded> {
  // Read once: the decoder would open a file for its header and again for its pixels.
  const bytes = typeof source === "string" ? await contentOf(source) : source;
  if (bytes.length === 0) throw emptyFile();
  await readHeader(bytes);
  const open = await loadDecoder();
  const { data, info } = await rgb(open(bytes).autoOrient()).toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height };
}

function contentOf(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw diskFault(path, error);
  });
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

/**
 * What is wrong with a file that could not be decoded, in a few words without its path: what is ours, the system's or
 * sharp's own to say. What libvips adds is left out, since it keeps one text for all pictures that are decoded side by
 * side, and tells of one what another has.
 */
export function decodingFault(error: unknown): string {
  if (error instanceof UserError && errorCode(error.cause) !== undefined) return String(error.received);
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith("it ")) return message;
  const [, reason] = sharpReasons.find(([pattern]) => pattern.test(message)) ?? [];
  return reason ?? "it is damaged or cut off";
}

const sharpReasons: readonly (readonly [RegExp, string])[] = [
  [/^Input file is missing/, "it cannot be opened"],
  [/^Input (file|buffer) contains unsupported image format/, "it is in no format that is read"],
  [/^Input image exceeds pixel limit/, "it has more than 268 million pixels"],
];

function rgb(picture: Sharp): Sharp {
  return picture.flatten({ background: "#ffffff" }).toColourspace("srgb").raw({ depth: "uchar" });
}
