// `model.safetensors.index.json`: which file of a large model holds which tensor. Its names come from whoever made the
// repository, so each is checked before a path or an address is made from it.

import { z } from "zod";
import { CorruptFile } from "../errors/index.ts";
import { parseJson } from "./sound-json.ts";

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Names of the files that an index lists, each once, in order.
 *
 * @param path where the index lies, for the message
 * @param text its content
 * @throws CorruptFile where it is no index, is empty, or names something else than safetensors files beside it
 */
export function shardNames(path: string, text: string): readonly string[] {
  const names = [...new Set(Object.values(parseIndex(path, text).weight_map))].sort();
  if (names.length === 0) throw badIndex(path, "at least one tensor", "none");
  const outside = names.find((name) => !/^\w[\w.-]{0,200}\.safetensors$/.test(name));
  if (outside !== undefined) throw badIndex(path, "files beside the index, *.safetensors", outside);
  return names;
}

function parseIndex(path: string, text: string): z.infer<typeof indexSchema> {
  const json = parseJson(text, (expected, received) => badIndex(path, expected, received));
  const index = indexSchema.safeParse(json);
  if (!index.success) throw badIndex(path, "an index with a weight_map from tensors to files", json);
  return index.data;
}

function badIndex(where: string, expected: string, received: unknown): CorruptFile {
  const remedy = "use another revision or repository, and tell its owner; nothing was fetched by this index";
  return new CorruptFile({ where, expected, received, remedy });
}
