// How the tensors of a checkpoint differ from those that a recipe asks for, told like a diff.

import { CorruptFile } from "../errors/index.ts";
import type { StoredEntry } from "../files/index.ts";

/** A tensor of the flat store: a view on its numbers, row-major. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by their official names, such as `encoder.blocks.0.attn.qkv.weight`. */
export type NamedArrays = ReadonlyMap<string, NamedArray>;

const mostLines = 12;

/**
 * Refuses a file whose tensors are not exactly those wanted.
 *
 * @param extra whether the file may hold more tensors than wanted
 * @throws CorruptFile with a line for each missing (-), unexpected (+) or misshapen (~) tensor, and the remedy before them
 */
export function checkTensors(
  where: string,
  stored: readonly StoredEntry[],
  wanted: NamedArrays,
  { extra, remedy }: { readonly extra: "refused" | "ignored"; readonly remedy: string },
): void {
  const found = new Map(stored.map((entry) => [entry.name, entry]));
  const missing = [...wanted].filter(([name]) => !found.has(name));
  const unexpected = extra === "refused" ? stored.filter(({ name }) => !wanted.has(name)) : [];
  const misshapen = stored.filter((entry) => {
    const array = wanted.get(entry.name);
    return array !== undefined && described(entry) !== described(array);
  });
  const lines = [
    ...missing.map(([name, array]) => `- ${name} ${described(array)}`),
    ...unexpected.map((entry) => `+ ${entry.name} ${described(entry)}`),
    ...misshapen.map((entry) => `~ ${entry.name} ${described(entry)}, expected ${described(wanted.get(entry.name))}`),
  ];
  if (lines.length === 0) return;
  const counts = { missing: missing.length, unexpected: unexpected.length, misshapen: misshapen.length };
  throw new CorruptFile({
    where,
    expected: `the ${wanted.size} tensors of this recipe`,
    received: Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(", "),
    remedy: [remedy, ...shortened(lines)].join("\n  "),
  });
}

function shortened(lines: readonly string[]): readonly string[] {
  return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines), `and ${lines.length - mostLines} more`];
}

function described(tensor: { readonly dtype?: string; readonly shape: readonly number[] } | undefined): string {
  return tensor === undefined ? "" : `${tensor.dtype ?? "F32"} [${tensor.shape.join(", ")}]`;
}
