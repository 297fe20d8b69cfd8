// For tests: a data set of plain colours in memory, and an encoder small enough to run in milliseconds.
import type { Pictures } from "../data/index.ts";
import { initialValues } from "../nn/index.ts";
import { randomStream } from "../random/index.ts";
import { encoderBook, type FrozenEncoder } from "./features.ts";

/** Pictures of one noisy colour a class, in turn; without labels where there are no names. */
export function colouredPictures(
  name: string,
  size: number,
  named: readonly string[] | null = ["red", "green", "blue"],
): Pictures {
  const classes = named ?? undefined;
  const kinds = classes?.length ?? 1;
  return {
    name,
    dataSet: name.split(" ")[0],
    size,
    classes,
    skipped: [],
    heldOut: 0,
    fingerprint: name,
    source: { kind: "files", folder: "", paths: [], widths: new Uint32Array(size), heights: new Uint32Array(size) },
    label: (index) => (classes === undefined ? undefined : index % kinds),
    async picture(index, crop) {
      const stream = randomStream(5, name, index);
      return Uint8Array.from({ length: crop * crop * 3 }, (_, at) => {
        return 60 + (at % 3 === index % kinds ? 90 : 0) + stream.integer(60);
      });
    },
    close: async () => {},
  };
}

/** An untrained encoder of 4 patches, width 8; the same seed gives the same first blocks at every depth. */
export function smallEncoder(seed: number, depth = 2): FrozenEncoder {
  const sizes = { crop: 8, patch: 4, width: 8, depth, heads: 2, ratio: 2 };
  const { declarations } = encoderBook(sizes);
  const values = new Map([...declarations].map(([name, declared]) => [name, initialValues(declared, seed)]));
  return { ...sizes, weight: (name) => values.get(name) ?? new Float32Array(0) };
}
