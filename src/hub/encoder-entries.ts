// Which stored tensors of a model directory hold which parameters of its encoder. For any runtime.

import { checkTensors } from "../files/any-runtime.ts";
import type { StoredEntry } from "../files/index.ts";
import type { Shape } from "../tensor/index.ts";
import type { EncoderConfig } from "./encoder-config.ts";
import { huggingfaceNames } from "./encoder-names.ts";
import { encoderDeclarations } from "./opened-model.ts";
import { weightTypes } from "./widened.ts";

/** What mends a directory whose files do not fit each other. */
export const remedy = "make, copy or download the directory again";

/** Whether the model ends in a classifier's head; the encoder's names have a prefix then. */
export function hasHead({ architecture }: EncoderConfig): boolean {
  return architecture === "IJepaForImageClassification";
}

/** A parameter and the entries that hold it, one after the other along its first axis. */
export interface HeldParameter<Entry> {
  readonly shape: Shape;
  readonly pieces: readonly Entry[];
}

/**
 * The encoder's parameters by official name.
 *
 * @param where the directory, for messages
 * @throws CorruptFile where tensors are missing, unexpected or of other shapes than the config says
 */
export function encoderEntries<Entry extends StoredEntry>(
  where: string,
  config: EncoderConfig,
  entries: readonly Entry[],
): Map<string, HeldParameter<Entry>> {
  const prefix = hasHead(config) ? "ijepa." : "";
  const shapes = encoderDeclarations(config.sizes);
  const wanted = new Map<string, { shape: readonly number[] }>();
  for (const [official, { shape }] of shapes) {
    const names = huggingfaceNames(official);
    for (const each of names) wanted.set(`${prefix}${each}`, { shape: shape.with(0, shape[0] / names.length) });
  }
  const own = entries.filter(({ name }) => prefix === "" || name.startsWith(prefix));
  checkTensors(where, own, wanted, {
    of: "its config.json",
    extra: "refused",
    remedy,
    types: weightTypes,
  });
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return new Map(
    [...shapes].map(([official, { shape }]) => {
      const pieces = huggingfaceNames(official).flatMap((each) => byName.get(`${prefix}${each}`) ?? []);
      return [official, { shape, pieces }];
    }),
  );
}
