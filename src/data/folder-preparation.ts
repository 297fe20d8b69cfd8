// Looking through a folder the first time: every header is read, then every picture decoded
// into records, unless the set is too large for them. What is broken is named and left out.

import { readdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { Interrupted, UserError } from "../errors/index.ts";
import type { Environment } from "../files/index.ts";
import { decodeLimited, decodingFault, readSize } from "./decode.ts";
import type { ListedFile, Listing, Skipped } from "./folder-listing.ts";
import type { DataProgress, OnProgress } from "./progress.ts";
import { type Manifest, moveRecords, type RecordBlock, writeManifest, writePixels } from "./records.ts";
import { inScratchFolder } from "./scratch.ts";
import { type Size, storedBytes, storedSide } from "./stored-size.ts";

/** How a folder is opened, and who is told; `budget` is the most bytes that the cache may take. */
export interface FolderOptions {
  readonly environment: Environment;
  readonly progress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly budget?: number;
}

/** Where a folder is kept in the cache, and what is in it. */
export interface FolderPlace {
  /** The folder of pictures. */
  readonly root: string;
  readonly listing: Listing;
  /** The folder in the cache, and the name of the data set in it. */
  readonly cache: string;
  readonly name: string;
}

/**
 * Looks through all files of a folder and keeps what it finds
 * in the cache, in place of what was kept of an earlier state.
 *
 * @throws UserError where no picture can be read; of exit code 1
 *   where the disk lacks room; Interrupted where `signal` says so
 */
export async function prepareFolder(place: FolderPlace, options: FolderOptions): Promise<void> {
  const { cache, name, listing } = place;
  const headers = await scan(place, options);
  const side = storedSide(headers.readable, options.budget);
  await inScratchFolder(cache, async (scratch) => {
    if (side === undefined) {
      const sizes = headers.readable.map(({ width, height }): [number, number, number] => [1, width, height]);
      await writeManifest(cache, name, manifestOf(listing, headers, sizes, null));
    } else {
      await checkRoom(cache, storedBytes(headers.readable, side));
      const decoded = await decodeAll(scratch, place, headers, side, options);
      await writeManifest(scratch, name, manifestOf(listing, decoded, decoded.sizes, decoded.pixels));
      await moveRecords(scratch, cache, name);
    }
    await removeOthers(cache, name);
  });
}

/** Files that can be read, and those that cannot. */
interface Sorted<File extends ListedFile = ListedFile> {
  readonly readable: File[];
  readonly skipped: Skipped[];
}

async function scan({ root, listing }: FolderPlace, options: FolderOptions): Promise<Sorted<ListedFile & Size>> {
  const sorted: Sorted<ListedFile & Size> = { readable: [], skipped: [...listing.skipped] };
  const look = (file: ListedFile) => readSize(join(root, file.path));
  for await (const outcome of tried("scan", root, listing.files, look, options)) {
    if ("fault" in outcome) sorted.skipped.push(outcome.fault);
    else sorted.readable.push({ ...outcome.file, ...outcome.result });
  }
  checkReadable(root, sorted);
  return sorted;
}

async function decodeAll(
  scratch: string,
  { root, name }: FolderPlace,
  headers: Sorted,
  side: number,
  options: FolderOptions,
): Promise<Sorted & { sizes: Manifest["sizes"]; pixels: NonNullable<Manifest["pixels"]> }> {
  const sorted: Sorted = { readable: [], skipped: [...headers.skipped] };
  const decode = (file: ListedFile) => decodeLimited(join(root, file.path), side);
  async function* blocks(): AsyncGenerator<RecordBlock> {
    for await (const outcome of tried("decode", root, headers.readable, decode, options)) {
      if ("fault" in outcome) sorted.skipped.push(outcome.fault);
      else {
        sorted.readable.push(outcome.file);
        yield { ...outcome.result, count: 1 };
      }
    }
  }
  const written = await writePixels(scratch, name, blocks());
  checkReadable(root, sorted);
  return { ...sorted, ...written };
}

type Outcome<Result> = { readonly file: ListedFile; readonly result: Result } | { readonly fault: Skipped };

// Decoding happens in the threads of libuv, four unless told otherwise; more at a time would only take memory.
const atATime = 4;

/** Works on files side by side and gives the outcomes in their order; a fault in one file is an outcome. */
async function* tried<Result>(
  stage: DataProgress["stage"],
  root: string,
  files: readonly ListedFile[],
  work: (file: ListedFile) => Promise<Result>,
  { progress, signal }: FolderOptions,
): AsyncGenerator<Outcome<Result>> {
  const attempt = (file: ListedFile): Promise<Outcome<Result>> =>
    work(file).then(
      (result) => ({ file, result }),
      (error: unknown) => ({ fault: { path: file.path, reason: decodingFault(error) } }),
    );
  const running: Promise<Outcome<Result>>[] = [];
  let started = 0;
  for (let done = 0; done < files.length; done++) {
    if (signal?.aborted) throw new Interrupted();
    for (; started < Math.min(files.length, done + atATime); started++) {
      const file = files[started];
      if (file !== undefined) running.push(attempt(file));
    }
    const first = running.shift();
    if (first !== undefined) yield await first;
    progress?.({ stage, subject: root, done: done + 1, total: files.length, unit: "pictures" });
  }
}

function manifestOf(
  { classes }: Listing,
  { readable, skipped }: Sorted,
  sizes: Manifest["sizes"],
  pixels: Manifest["pixels"],
): Manifest {
  return {
    format: "jepa-records-1",
    sizes,
    labels: classes === undefined ? null : readable.map(({ label }) => label ?? 0),
    classes: classes === undefined ? null : [...classes],
    paths: pixels === null ? readable.map(({ path }) => path) : null,
    skipped: [...skipped],
    pixels,
  };
}

async function checkRoom(cache: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(cache);
  if (bavail * bsize >= bytes) return;
  const inGigabytes = (value: number) => `${(value / 1e9).toFixed(1)} GB`;
  const fault = {
    where: cache,
    expected: `${inGigabytes(bytes)} of free disk for the decoded pictures`,
    received: inGigabytes(bavail * bsize),
    remedy: "free some space, or set JEPA_CACHE to a folder on another disk",
  };
  throw new UserError(fault, { exitCode: 1 });
}

// What an earlier state of the folder left in the cache is of no use any more.
async function removeOthers(cache: string, name: string): Promise<void> {
  const stale = (await readdir(cache)).filter((file) => /\.(u8|json)$/.test(file) && !file.startsWith(name));
  for (const file of stale) await rm(join(cache, file), { force: true });
}

function checkReadable(where: string, { readable, skipped }: Sorted): void {
  if (readable.length > 0) return;
  const [first] = skipped;
  throw new UserError({
    where,
    expected: "at least one picture that can be read",
    received: `${skipped.length} broken ${skipped.length === 1 ? "file" : "files"} (the first is ${first?.path}: ${first?.reason})`,
    remedy: "mend or replace them, or give another folder",
  });
}
