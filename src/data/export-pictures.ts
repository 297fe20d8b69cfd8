// A data set as class folders of PNG files, which every program that works on pictures takes:
// <part>/<class>/<index>.png. The files hold the very pixels of the data set; the folder appears whole, when the last
// one is written.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Interrupted, nearest, UserError } from "../errors/index.ts";
import { type Environment, makeFolders, replaceFolderBy, requireFree } from "../files/index.ts";
import { dataSetNames } from "./data-sets.ts";
import type { Split } from "./options.ts";
import { openPictures, type Pictures } from "./pictures.ts";
import type { OnProgress } from "./progress.ts";

export interface ExportOptions {
  /** Variables of the process's environment: JEPA_CACHE, and what npm reads. */
  readonly environment: Environment;
  readonly progress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was written. */
export interface ExportedPictures {
  readonly folder: string;
  readonly pictures: { readonly [Part in Split]: number };
  readonly classes: readonly string[];
}

/** Pictures that are written side by side. */
const atOnce = 64;

/**
 * Writes both parts of a data set of square, labelled pictures as class folders.
 *
 * @param to a path where nothing is yet
 * @throws UserError for an unknown data set, where something is at `to`, or the disk is full (exit code 1);
 *   Interrupted; nothing is left behind then. As `openPictures`
 */
export async function exportPictures(name: string, to: string, options: ExportOptions): Promise<ExportedPictures> {
  if (!dataSetNames.includes(name)) throw unknown(name);
  await requireFree("--to", to);
  const open = (split: Split) => openPictures(name, { split, ...options });
  const parts = { train: await open("train"), test: await open("test") };
  try {
    await replaceFolderBy(to, async (folder) => {
      await writeClassFolders(parts.train, join(folder, "train"), options);
      await writeClassFolders(parts.test, join(folder, "test"), options);
    });
  } finally {
    await parts.train.close();
    await parts.test.close();
  }
  const pictures = { train: parts.train.size, test: parts.test.size };
  return { folder: to, pictures, classes: parts.train.classes ?? [] };
}

async function writeClassFolders(pictures: Pictures, folder: string, options: ExportOptions): Promise<void> {
  const { name, size, classes = [], source } = pictures;
  for (const each of classes) await makeFolders(join(folder, each));
  const digits = String(size - 1).length;
  const { default: sharp } = await import("sharp");
  const write = async (index: number): Promise<void> => {
    const side = source.widths[index];
    const raw = { width: side, height: side, channels: 3 } as const;
    const png = await sharp(await pictures.picture(index, side), { raw })
      .png()
      .toBuffer();
    const label = pictures.label(index) ?? 0;
    await writeFile(join(folder, classes[label], `${String(index).padStart(digits, "0")}.png`), png);
  };
  for (let from = 0; from < size; from += atOnce) {
    if (options.signal?.aborted) throw new Interrupted();
    const count = Math.min(atOnce, size - from);
    await Promise.all(Array.from({ length: count }, (_, place) => write(from + place)));
    options.progress?.({ stage: "write", subject: name, done: from + count, total: size, unit: "pictures" });
  }
}

function unknown(name: string): UserError {
  const near = nearest(name, dataSetNames);
  return new UserError({
    where: "jepa data export",
    expected: `one of ${dataSetNames.join(", ")}`,
    received: name,
    remedy: near === undefined ? "a folder of pictures needs no exporting" : `did you mean ${near}?`,
  });
}
