// Which stored tensors of an I-JEPA directory hold which parameters of its encoder. For any runtime.

import type { StoredEntry } from "../files/index.ts";
import { type EncoderConfig, headArchitecture } from "./encoder-config.ts";
import { type HeldParameter, heldParameters } from "./held-parameters.ts";
import { ijepaNames } from "./ijepa-names.ts";
import { encoderDeclarations } from "./opened-model.ts";

/** Before the encoder's names where the model ends in a classifier's head. */
export const headedPrefix = "ijepa.";

/** Whether the model ends in a classifier's head. */
export function hasHead({ architecture }: EncoderConfig): boolean {
  return architecture === headArchitecture;
}

/**
 * The encoder's parameters by official name.
 *
 * @param where the directory, for messages
 * @throws as `heldParameters`, by what the config says
 */
export function encoderEntries<Entry extends StoredEntry>(
  where: string,
  config: EncoderConfig,
  entries: readonly Entry[],
): Map<string, HeldParameter<Entry>> {
  const prefix = hasHead(config) ? headedPrefix : "";
  const shapes = new Map([...encoderDeclarations(config.sizes)].map(([name, { shape }]) => [name, shape]));
  const own = entries.filter(({ name }) => prefix === "" || name.startsWith(prefix));
  return heldParameters(where, { table: ijepaNames, prefix: () => prefix }, shapes, own);
}
