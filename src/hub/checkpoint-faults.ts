// Faults of a PyTorch checkpoint: one form, one remedy unless a better one is known.

import { CorruptFile } from "../errors/index.ts";

/**
 * The fault of a file that is not what `torch.save` writes.
 *
 * @param where the file, and the place in it where that helps
 * @param received shown by value: only text and numbers, since values of a hostile file may be deep or endless
 */
export function damaged(
  where: string,
  expected: string,
  received: string | number | bigint,
  remedy = "the file is damaged or was not written by torch.save: make, copy or download it again",
): CorruptFile {
  return new CorruptFile({ where: cut(where, 5000), expected: cut(expected, 300), received, remedy });
}

/** Names in a file may be megabytes long; paths on a disk may not. */
function cut(words: string, longest: number): string {
  return words.length > longest ? `${words.slice(0, longest)}...` : words;
}
