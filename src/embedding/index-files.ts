// The files of an index of pictures. jepa-index.json tells of the model and of each picture, vectors-<digest>.npy holds
// a row of each, of length 1. The listing names the vectors and is replaced last: a process killed in between leaves
// the old pair whole.

import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import { z } from "zod";
import { CorruptFile, UserError } from "../errors/index.ts";
import {
  diskFault,
  errorCode,
  isCode,
  npyHeader,
  readNpy,
  replaceFile,
  replaceFileBy,
  writeWhole,
} from "../files/index.ts";

/** A picture file as it was when it was embedded. */
export interface IndexedPicture {
  /** Absolute where it was given so, else relative to the working directory. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Time of the last change, in milliseconds since 1970. */
  readonly changed: number;
}

/** A picture that could not be read, and why. */
export interface SkippedPicture extends IndexedPicture {
  readonly reason: string;
}

/** What the vectors of an index were made with; vectors of anything else are not compared with them. */
export interface IndexModel {
  readonly name: string;
  readonly fingerprint: string;
  /** Numbers of a vector. */
  readonly width: number;
  /** How pictures are given to the model, as text that is compared. */
  readonly input: string;
}

/** How the model was opened, so that it can be opened again. */
export interface ModelOpening {
  /** A path or a name, as `openModel` takes it. */
  readonly source: string;
  readonly runs: string;
  readonly encoder?: "target" | "context" | undefined;
  readonly heads?: number | undefined;
  readonly normalise?: "half" | undefined;
  readonly size?: { readonly height: number; readonly width: number } | undefined;
}

/** What an index tells of, without its vectors. */
export interface IndexListing {
  readonly model: IndexModel;
  readonly opening: ModelOpening;
  /** In byte order of their paths; the vectors' rows are in this order. */
  readonly pictures: readonly IndexedPicture[];
  readonly skipped: readonly SkippedPicture[];
}

/** An index that was opened. */
export interface PictureIndex extends IndexListing {
  readonly folder: string;
  /** [pictures, width], rows of length 1. */
  readonly vectors: Float32Array;
}

const listingName = "jepa-index.json";
const vectorsName = /^vectors-[0-9a-f]{16}\.npy$/;
/** What is left where a process was killed: files half written, rows of another model. */
const leftOver = /^\.(?:jepa-index\.json|vectors-[0-9a-f]{16}(?:\.npy)?)\..*(?:partial|unfinished)$/;
/** Rows that are gathered and written at once. */
const rowsAtOnce = 1024;

const side = z.int().positive();
const pictureForm = z.object({ path: z.string().min(1), size: z.number(), changed: z.number() });
const listingForm = z.object({
  format: z.literal("jepa-index-1"),
  model: z.object({ name: z.string(), fingerprint: z.string(), width: side, input: z.string() }),
  opening: z.object({
    source: z.string(),
    /** Whether the source is a path, from the index's folder where it is relative. */
    isPath: z.boolean(),
    runs: z.string(),
    encoder: z.enum(["target", "context"]).optional(),
    heads: side.optional(),
    normalise: z.literal("half").optional(),
    size: z.object({ height: side, width: side }).optional(),
  }),
  vectors: z.string().regex(vectorsName),
  pictures: z.array(pictureForm),
  skipped: z.array(pictureForm.extend({ reason: z.string() })),
});

/** Whether a folder holds an index; one that holds anything else is refused. */
export async function hasIndex(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (errorCode(error) === "ENOENT") return [];
    throw diskFault(folder, error);
  });
  if (names.includes(listingName)) return true;
  const foreign = names.find((name) => !name.startsWith(".") && name !== "lock" && !vectorsName.test(name));
  if (foreign === undefined) return false;
  throw new UserError({
    where: folder,
    expected: "an index of pictures, or a folder that is empty or new",
    received: `a folder that holds other files (${foreign})`,
    remedy: "give another one with --in",
  });
}

/**
 * Opens the index of a folder.
 *
 * @throws UserError where there is none; CorruptFile where its files are damaged
 */
export async function openIndex(folder: string): Promise<PictureIndex> {
  for (let replaced = false; ; replaced = true) {
    const stored = await readListing(folder);
    try {
      return await withVectors(folder, stored);
    } catch (error) {
      // Another process may have replaced listing and vectors since we read the listing: then there is a newer pair.
      if (replaced || (await readListing(folder)).vectors === stored.vectors) throw error;
    }
  }
}

/** Writes an index; `rowAt` gives the vector of a picture, by its place among them. */
export async function writeIndex(
  folder: string,
  { model, opening, pictures, skipped }: IndexListing,
  rowAt: (place: number) => Float32Array,
): Promise<void> {
  const hash = createHash("sha256");
  for (let place = 0; place < pictures.length; place++) hash.update(rowAt(place));
  const vectors = `vectors-${hash.digest("hex").slice(0, 16)}.npy`;
  await replaceFileBy(join(folder, vectors), async (file) => {
    await writeWhole(file, npyHeader([pictures.length, model.width]));
    for (let first = 0; first < pictures.length; first += rowsAtOnce) {
      const rows = new Float32Array(Math.min(rowsAtOnce, pictures.length - first) * model.width);
      for (let i = 0; i * model.width < rows.length; i++) rows.set(rowAt(first + i), i * model.width);
      await writeWhole(file, new Uint8Array(rows.buffer));
    }
  });
  const isPath = (await stat(opening.source).catch(() => undefined)) !== undefined;
  const stored: z.infer<typeof listingForm> = {
    format: "jepa-index-1",
    model,
    opening: {
      ...opening,
      source: isPath ? storedPath(folder, opening.source) : opening.source,
      isPath,
      runs: storedPath(folder, opening.runs),
    },
    vectors,
    pictures: pictures.map((picture) => ({ ...picture, path: storedPath(folder, picture.path) })),
    skipped: skipped.map((picture) => ({ ...picture, path: storedPath(folder, picture.path) })),
  };
  await replaceFile(join(folder, listingName), `${JSON.stringify(stored, undefined, 1)}\n`);
  await sweep(folder, vectors);
}

async function readListing(folder: string): Promise<z.infer<typeof listingForm>> {
  const where = join(folder, listingName);
  const text = await readFile(where, "utf8").catch((error: unknown) => {
    throw isCode(error, "ENOENT", "ENOTDIR") ? absent(folder) : diskFault(where, error);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw corrupt(folder, where, "a listing as jepa index writes it", "text that is no JSON");
  }
  const parsed = listingForm.safeParse(value);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw corrupt(folder, where, "a listing as jepa index writes it", `${path.join(".")}: ${message}`);
}

async function withVectors(folder: string, stored: z.infer<typeof listingForm>): Promise<PictureIndex> {
  const { model, opening, pictures, skipped } = stored;
  const where = join(folder, stored.vectors);
  const { shape, data } = await readNpy(where).catch((error: unknown) => {
    if (error instanceof CorruptFile) throw corrupt(folder, where, error.expected, error.received);
    const isGone = error instanceof UserError && errorCode(error.cause) === "ENOENT";
    throw isGone ? corrupt(folder, where, "the vectors that its listing names", "no such file") : error;
  });
  const wanted = `${pictures.length} x ${model.width}`;
  if (shape.join(" x ") !== wanted) throw corrupt(folder, where, `${wanted} numbers`, shape.join(" x "));
  const digest = createHash("sha256").update(data).digest("hex").slice(0, 16);
  if (stored.vectors !== `vectors-${digest}.npy`) throw corrupt(folder, where, "the numbers of its name", digest);
  const { isPath, ...rest } = opening;
  return {
    folder,
    model,
    opening: {
      ...rest,
      source: isPath ? shownPath(folder, opening.source) : opening.source,
      runs: shownPath(folder, opening.runs),
    },
    pictures: pictures.map((picture) => ({ ...picture, path: shownPath(folder, picture.path) })),
    skipped: skipped.map((picture) => ({ ...picture, path: shownPath(folder, picture.path) })),
    vectors: data,
  };
}

/** Relative paths are kept from the index's folder, so that they hold from any working directory. */
function storedPath(folder: string, path: string): string {
  return isAbsolute(path) ? path : relative(resolve(folder), resolve(path));
}

function shownPath(folder: string, path: string): string {
  return isAbsolute(path) ? path : relative(".", resolve(folder, path));
}

/** Takes away what is not of the index any more. */
async function sweep(folder: string, vectors: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const isOld = vectorsName.test(name) && name !== vectors;
    if (isOld || leftOver.test(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function absent(folder: string): UserError {
  return new UserError({
    where: folder,
    expected: "an index of pictures",
    received: "none",
    remedy: `make one with: jepa index <pictures> --model <model> --in ${folder}; or name another with --in`,
  });
}

function corrupt(folder: string, where: string, expected: string, received: unknown): CorruptFile {
  const remedy = `make the index again: jepa index <pictures> --model <model> --in ${folder} --force`;
  return new CorruptFile({ where, expected, received, remedy });
}
