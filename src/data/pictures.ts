// A data set as its users see it: pictures by index, with labels where there are any. A named one's word or a folder
// opens it.

import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { nearest, UserError } from "../errors/index.ts";
import type { Environment } from "../files/index.ts";
import { centreSquare } from "./crops.ts";
import { dataSetNames, namedDataSet } from "./data-sets.ts";
import { openFolder } from "./folder.ts";
import type { Skipped } from "./folder-listing.ts";
import type { Split } from "./options.ts";
import { openPixels, type PictureSource, sizeOf } from "./pixels.ts";
import type { OnProgress } from "./progress.ts";

/** Pictures of one part of a data set, by index from 0 to `size` - 1. */
export interface Pictures {
  /** For people: `cifar10 train`, or the folder. */
  readonly name: string;
  /** The data set without its part: `cifar10`, or the folder. */
  readonly dataSet: string;
  readonly size: number;
  /** Names of the classes; undefined where pictures have no labels. */
  readonly classes: readonly string[] | undefined;
  /** Files that could not be read, and why. */
  readonly skipped: readonly Skipped[];
  /** How many files of a folder are held out for testing, of those that its parts do not tell apart; 0 where none. */
  readonly heldOut: number;
  /** What the one who gave the folder should know of it, in a sentence: why its sub-folders are no classes. */
  readonly notice?: string | undefined;
  /** Tells this data set from another, or from itself with pictures added, removed, renamed or of another size. */
  readonly fingerprint: string;
  /** Where the pixels are; plain data that a worker thread can be given. */
  readonly source: PictureSource;
  /** Class of a picture, an index into `classes`. */
  label(index: number): number | undefined;
  /**
   * The largest centred square of a picture, resized to `crop` pixels, without augmentation.
   *
   * @returns [crop, crop, 3] uint8, a new array
   * @throws CorruptFile where the picture can no longer be read
   */
  picture(index: number, crop: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** What opening a data set is given besides its name. */
export interface OpenOptions {
  readonly split: Split;
  /** Variables of the process's environment: JEPA_CACHE, and what npm reads. */
  readonly environment: Environment;
  readonly progress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a data set: a named one (fetched on first use) or a folder of pictures (looked through on first use).
 *
 * @param source a name such as `cifar10`, or the path of a folder
 * @throws UserError where there is no such data set or folder, or no picture can be read; of exit code 1 where network
 *   or disk fail; CorruptFile where the cache of a named one is damaged; Interrupted where `signal` says so
 */
export async function openPictures(source: string, options: OpenOptions): Promise<Pictures> {
  const named = namedDataSet(source);
  if (named !== undefined) {
    const opened = await named.open(options.split, options);
    return picturesOf({ ...opened, name: `${source} ${options.split}`, dataSet: source, skipped: [], heldOut: 0 });
  }
  await checkFolder(source);
  const opened = await openFolder(source, options.split, options);
  return picturesOf({ ...opened, name: source, dataSet: source });
}

interface Opened extends Pick<Pictures, "name" | "dataSet" | "classes" | "skipped" | "heldOut" | "notice" | "source"> {
  readonly labels: readonly number[] | undefined;
}

function picturesOf({ name, dataSet, source, labels, classes, skipped, heldOut, notice }: Opened): Pictures {
  const reader = openPixels(source);
  return {
    name,
    dataSet,
    size: source.widths.length,
    classes,
    skipped,
    heldOut,
    notice,
    fingerprint: fingerprintOf(source),
    source,
    label: (index) => labels?.[index],
    async picture(index, crop) {
      const { width, height } = sizeOf(source, index);
      const into = new Uint8Array(crop * crop * 3);
      await reader.square(index, centreSquare(width, height), crop, into);
      return into;
    },
    async close() {
      reader.close();
    },
  };
}

function fingerprintOf(source: PictureSource): string {
  const hash = createHash("sha256").update(source.kind);
  if (source.kind === "files") for (const path of source.paths) hash.update(`\0${path}`);
  return hash.update(source.widths).update(source.heights).digest("hex").slice(0, 32);
}

async function checkFolder(source: string): Promise<void> {
  const about = await stat(source).catch(() => undefined);
  if (about?.isDirectory()) return;
  const meant = about === undefined ? nearest(source, dataSetNames) : undefined;
  throw new UserError({
    where: "pictures",
    expected: `${dataSetNames.map((name) => `"${name}"`).join(", ")}, or a folder of pictures`,
    received: about === undefined ? `"${source}", which does not exist` : `"${source}", which is a file`,
    remedy: meant === undefined ? "check the path" : `did you mean "${meant}"?`,
  });
}
