// Where the pixels of a data set are, as plain data that a worker thread can be given, and readers for the two kinds:
// records (decoded pictures one after another in a file) and files (decoded by sharp each time).

import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { CorruptFile } from "../errors/index.ts";
import { decodeCrop } from "./decode.ts";
import { type Box, type CropResize, cropResizer } from "./resample.ts";

/** Pictures of a data set by index: their sizes, and where their bytes are. */
export type PictureSource = RecordSource | FileSource;

/** Decoded pictures in one file; picture i is [heights[i], widths[i], 3] uint8 from byte offsets[i] on. */
export interface RecordSource {
  readonly kind: "records";
  readonly path: string;
  readonly widths: Uint32Array;
  readonly heights: Uint32Array;
  readonly offsets: Float64Array;
}

/** Picture files below a folder; sizes are those after EXIF orientation. */
export interface FileSource {
  readonly kind: "files";
  readonly folder: string;
  readonly paths: readonly string[];
  readonly widths: Uint32Array;
  readonly heights: Uint32Array;
}

/** Reads boxes of pictures as squares. One belongs to one thread. */
export interface PixelReader {
  /**
   * Writes the part of picture `index` in `box`, resized to `side` pixels, into `into` [side, side, 3].
   *
   * @throws CorruptFile where the picture can no longer be read
   */
  square(index: number, box: Box, side: number, into: Uint8Array): Promise<void>;
  close(): void;
}

/** The size of one picture of a source. */
export function sizeOf(source: PictureSource, index: number): { width: number; height: number } {
  const width = source.widths[index];
  const height = source.heights[index];
  if (width === undefined || height === undefined) {
    throw new RangeError(`internal: picture ${index} of a data set of ${source.widths.length}`);
  }
  return { width, height };
}

/**
 * Opens a source for reading.
 *
 * @throws the error of the operating system where a record file cannot be opened
 */
export function openPixels(source: PictureSource): PixelReader {
  return source.kind === "records" ? recordReader(source) : fileReader(source);
}

function recordReader(source: RecordSource): PixelReader {
  const file = openSync(source.path, "r");
  const resizers = new Map<number, CropResize>();
  let record = new Uint8Array(0);

  // Synchronous on purpose: a record is mostly in the page cache, and a promise would cost more than the read.
  function read(index: number): number {
    const { width, height } = sizeOf(source, index);
    const bytes = width * height * 3;
    if (record.length < bytes) record = new Uint8Array(bytes);
    const offset = source.offsets[index] ?? 0;
    if (readSync(file, record, 0, bytes, offset) !== bytes) throw shortened(source.path, offset + bytes);
    return width;
  }

  return {
    async square(index, box, side, into) {
      const width = read(index);
      let resize = resizers.get(side);
      if (resize === undefined) {
        resize = cropResizer({ width: side, height: side });
        resizers.set(side, resize);
      }
      resize(record, width, box, into);
    },
    close: () => closeSync(file),
  };
}

function fileReader(source: FileSource): PixelReader {
  return {
    async square(index, box, side, into) {
      const path = join(source.folder, source.paths[index] ?? "");
      try {
        into.set(await decodeCrop(path, box, side));
      } catch (cause) {
        throw unreadable(path, cause);
      }
    },
    close: () => undefined,
  };
}

function shortened(where: string, bytes: number): CorruptFile {
  return new CorruptFile({
    where,
    expected: `at least ${bytes} bytes`,
    received: "a shorter file",
    remedy: "it was changed while it was in use: stop, and start again",
  });
}

function unreadable(where: string, cause: unknown): CorruptFile {
  const fault = {
    where,
    expected: "the picture that was here when the folder was opened",
    received: cause,
    remedy: "it was changed, or is broken: mend or remove it, and start again",
  };
  return new CorruptFile(fault, { cause });
}
