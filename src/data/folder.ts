// A folder of pictures as a data set. Every file is looked at once: broken ones are named,
// counted and left out, the others are decoded into records in the cache, no larger than
// training can use, so that no epoch decodes JPEG again. The cache is keyed by paths, lengths
// and times of change of the files; a set too large for it is decoded file by file.

import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { CorruptFile } from "../errors/index.ts";
import { cacheFolder } from "../files/index.ts";
import { loadDecoder } from "./decode.ts";
import { listPictures, type Skipped } from "./folder-listing.ts";
import { type FolderOptions, type FolderPlace, prepareFolder } from "./folder-preparation.ts";
import type { Split } from "./options.ts";
import type { PictureSource } from "./pixels.ts";
import { openRecords, readManifest, spreadSizes } from "./records.ts";
import { mostBytes } from "./stored-size.ts";

/** One part of a folder of pictures, looked through and ready to be read. */
export interface FolderPictures {
  readonly source: PictureSource;
  readonly labels: readonly number[] | undefined;
  readonly classes: readonly string[] | undefined;
  readonly skipped: readonly Skipped[];
  readonly heldOut: number;
  readonly notice: string | undefined;
}

/**
 * Opens one part of a folder of pictures, looking through all files the first time (about 200 a second and core).
 *
 * @throws UserError where the folder is missing or no picture in it can be read; of
 *         exit code 1 where the disk lacks room; Interrupted where `signal` says so
 */
export async function openFolder(folder: string, split: Split, options: FolderOptions): Promise<FolderPictures> {
  const root = resolve(folder);
  const listing = await listPictures(root, split);
  const { heldOut: _, ...own } = listing; // of the other part
  const place: FolderPlace = {
    root,
    listing,
    cache: join(cacheFolder(options.environment), "folders", `${fingerprint(root)}-${listing.part}`),
    name: fingerprint([own, options.budget ?? mostBytes]),
  };
  const kept = await openKept(place);
  if (kept !== undefined) return kept;
  await prepareFolder(place, options);
  const prepared = await openKept(place);
  if (prepared === undefined) throw new Error(`internal: ${place.cache} lacks what was just written`);
  return prepared;
}

// A damaged cache is made anew without a word: the pictures themselves are still there.
async function openKept({ cache, name, root, listing }: FolderPlace): Promise<FolderPictures | undefined> {
  try {
    const manifest = await readManifest(cache, name, "");
    if (manifest === undefined) return undefined;
    const { labels, skipped, sizes, pixels, paths } = manifest;
    const about = {
      labels: labels ?? undefined,
      classes: listing.classes,
      skipped,
      heldOut: listing.heldOut,
      notice: listing.notice,
    };
    if (pixels !== null) return { ...about, source: await openRecords(cache, name, { sizes, pixels }, "") };
    await loadDecoder();
    return { ...about, source: { kind: "files", folder: root, paths: paths ?? [], ...spreadSizes(sizes) } };
  } catch (error) {
    if (error instanceof CorruptFile) return undefined;
    throw error;
  }
}

function fingerprint(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 24);
}
