// Which stored tensors of a model directory hold which parameters. For any runtime.

import { checkTensors } from "../files/any-runtime.ts";
import type { StoredEntry } from "../files/index.ts";
import type { Shape } from "../tensor/index.ts";
import type { NameTable } from "./name-table.ts";
import { weightTypes } from "./widened.ts";

/** What mends a directory whose files do not fit each other. */
export const directoryRemedy = "make, copy or download the directory again";

/** A parameter and the entries that hold it, one after the other along its first axis. */
export interface HeldParameter<Entry> {
  readonly shape: Shape;
  readonly pieces: readonly Entry[];
}

/** A family's names, and what transformers puts before them where a model ends in a head. */
export interface Naming {
  readonly table: NameTable;
  readonly prefix: (huggingface: string) => string;
}

/**
 * Parameters by official name.
 *
 * @param where the directory, for messages
 * @param shapes of the parameters that there must be
 * @param entries of the files, no others than these parameters'
 * @throws CorruptFile where tensors are missing, unexpected or of other shapes
 */
export function heldParameters<Entry extends StoredEntry>(
  where: string,
  { table, prefix }: Naming,
  shapes: ReadonlyMap<string, Shape>,
  entries: readonly Entry[],
): Map<string, HeldParameter<Entry>> {
  const held = [...shapes].map(([official, shape]) => {
    const { names, place } = table.heldAs(official);
    return { official, shape, place, names: names.map((name) => `${prefix(name)}${name}`) };
  });
  const wanted = new Map<string, { shape: Shape }>();
  for (const { names, place, shape } of held) {
    // A stack is as long as the place of its last parameter, which comes last, says.
    const each = place === undefined ? shape.with(0, shape[0] / names.length) : [place + 1, ...shape];
    for (const name of names) wanted.set(name, { shape: each });
  }
  checkTensors(where, entries, wanted, {
    of: "its config.json",
    extra: "refused",
    remedy: directoryRemedy,
    types: weightTypes,
  });
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return new Map(
    held.map(({ official, shape, place, names }) => {
      const whole = names.flatMap((name) => byName.get(name) ?? []);
      return [official, { shape, pieces: place === undefined ? whole : whole.map((entry) => partOf(entry, place)) }];
    }),
  );
}

/** One of the equal parts along an entry's first axis. */
function partOf<Entry extends StoredEntry>(entry: Entry, place: number): Entry {
  const byteLength = entry.byteLength / entry.shape[0];
  return { ...entry, shape: entry.shape.slice(1), offset: entry.offset + place * byteLength, byteLength };
}
