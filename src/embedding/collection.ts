// What is embedded: pictures by name, each read when its turn comes. Files, the pictures of a folder, or a data set by
// its word.

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { dataSetNames, listPictureFiles, openPictures } from "../data/index.ts";
import { UserError } from "../errors/index.ts";
import type { Environment } from "../files/index.ts";
import type { PictureInput } from "./picture-input.ts";

export interface CollectedPicture {
  /** The path, or `cifar10/test/17`. */
  readonly path: string;
  open(): Promise<PictureInput>;
  /** Another text when the file has changed since; absent where nothing can change. */
  version?(): Promise<string>;
}

export interface Collection {
  readonly pictures: readonly CollectedPicture[];
  close(): Promise<void>;
}

/**
 * Lists pictures in byte order of their paths.
 *
 * @param words files, folders, or the word of a data set (its test pictures, in their own order)
 * @throws UserError where one is not there, or there is no picture
 */
export async function collect(words: readonly string[], environment: Environment): Promise<Collection> {
  const [only] = words;
  if (words.length === 1 && dataSetNames.includes(only)) return dataSet(only, environment);
  const paths = new Set(await filesOf(words, `files, a folder, or ${dataSetNames.join(", ")}`));
  if (paths.size === 0) throw empty(words);
  const ordered = [...paths].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const pictures = ordered.map((path) => ({ path, open: async () => path, version: () => versionOf(path) }));
  return { pictures, close: async () => undefined };
}

/** Empty where there is no file any more. */
async function versionOf(path: string): Promise<string> {
  const about = await stat(path).catch(() => undefined);
  return about === undefined ? "" : `${about.size} ${about.mtimeMs}`;
}

/**
 * Picture files of words that name files and folders, in the order of the words.
 *
 * @param expected what a word may be, for the message
 * @throws UserError where one is not there
 */
export async function filesOf(words: readonly string[], expected: string): Promise<string[]> {
  const files: string[] = [];
  for (const word of words) {
    const about = await stat(word).catch(() => undefined);
    if (about === undefined) throw absent(word, expected);
    if (about.isDirectory()) for (const path of await listPictureFiles(word)) files.push(join(word, path));
    else if (about.isFile()) files.push(word);
    else throw noFile(word, expected);
  }
  return files;
}

async function dataSet(word: string, environment: Environment): Promise<Collection> {
  const pictures = await openPictures(word, { split: "test", environment });
  const side = pictures.source.widths[0];
  const open = async (index: number): Promise<PictureInput> => {
    return { pixels: await pictures.picture(index, side), width: side, height: side };
  };
  return {
    pictures: Array.from({ length: pictures.size }, (_, i) => ({ path: `${word}/test/${i}`, open: () => open(i) })),
    close: () => pictures.close(),
  };
}

function absent(word: string, expected: string): UserError {
  return new UserError({
    where: "pictures",
    expected,
    received: `"${word}", which does not exist`,
    remedy: "check the path",
  });
}

function noFile(word: string, expected: string): UserError {
  return new UserError({
    where: "pictures",
    expected,
    received: `"${word}", which is a pipe or a device`,
    remedy: "copy what it gives into a file",
  });
}

function empty(words: readonly string[]): UserError {
  return new UserError({
    where: words.join(" ") || "pictures",
    expected: "pictures (JPEG, PNG, WebP or AVIF)",
    received: "none",
    remedy: "give files or a folder that holds some",
  });
}
