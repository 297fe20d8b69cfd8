// The data sets that have a name, for whoever asks what there is: a new one is a file and a line here.

import { nearest, UserError } from "../errors/index.ts";
import { type Cifar10Options, fetchCifar10, openCifar10 } from "./cifar10.ts";
import type { Split } from "./options.ts";
import type { PictureSource } from "./pixels.ts";

/** How a named data set is fetched, and who is told. */
export type FetchOptions = Pick<Cifar10Options, "environment" | "progress" | "signal">;

/** One part of a named data set as it lies in the cache. */
export interface NamedSplit {
  readonly source: PictureSource;
  readonly labels: readonly number[];
  readonly classes: readonly string[];
}

/** A data set that recipes and commands know by a word. */
export interface NamedDataSet {
  readonly name: string;
  /** As people call it. */
  readonly title: string;
  /** Opens one part, fetching the whole where it is not in the cache yet. */
  open(split: Split, options: FetchOptions): Promise<NamedSplit>;
  /** Makes sure that it is in the cache and whole; `fetched` says whether anything had to be fetched. */
  fetch(options: FetchOptions): Promise<{ readonly folder: string; readonly fetched: boolean }>;
}

const dataSets: readonly NamedDataSet[] = [
  { name: "cifar10", title: "CIFAR-10", open: openCifar10, fetch: fetchCifar10 },
];

/** The words that data sets are known by. */
export const dataSetNames: readonly string[] = dataSets.map(({ name }) => name);

/** The data set of that name; undefined where a source is none, and so a folder. */
export function namedDataSet(source: string): NamedDataSet | undefined {
  return dataSets.find(({ name }) => name === source);
}

/**
 * Fetches the data set of a name into the cache.
 *
 * @returns the folder, and whether anything had to be fetched
 * @throws UserError for an unknown name; of exit code 1 where there is no network,
 *         no npm or no room on the disk; Interrupted where `signal` says so
 */
export async function fetchDataSet(
  name: string,
  options: FetchOptions,
): Promise<{ readonly folder: string; readonly fetched: boolean }> {
  const found = namedDataSet(name);
  if (found !== undefined) return found.fetch(options);
  const near = nearest(name, dataSetNames);
  throw new UserError({
    where: "data set",
    expected: `one of ${dataSetNames.join(", ")}`,
    received: name,
    remedy:
      near === undefined ? "a folder of pictures needs no fetching: jepa pretrain <folder>" : `did you mean ${near}?`,
  });
}
