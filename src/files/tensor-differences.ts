// How the tensors of a file differ from those that are wanted, told like a diff.

import { CorruptFile } from "../errors/index.ts";
import type { StoredEntry } from "./safetensors-header.ts";
import type { StoredType } from "./stored.ts";

/** Shapes of tensors by name. */
export type WantedTensors = ReadonlyMap<string, { readonly shape: readonly number[] }>;

export interface TensorCheck {
  /** What wants them, as the words after "the tensors of": `this recipe`. */
  readonly of: string;
  /** Whether the file may hold more tensors than wanted. */
  readonly extra: "refused" | "ignored";
  readonly remedy: string;
  /** Types that will do; float32 when absent. */
  readonly types?: readonly StoredType[];
}

const mostLines = 12;

/**
 * Refuses a file whose tensors are not those wanted.
 *
 * @throws CorruptFile with a line for each missing (-), unexpected
 *   (+) or misshapen (~) tensor, and the remedy before them
 */
export function checkTensors(
  where: string,
  stored: readonly Pick<StoredEntry, "name" | "dtype" | "shape">[],
  wanted: WantedTensors,
  { of, extra, remedy, types = ["F32"] }: TensorCheck,
): void {
  const found = new Map(stored.map((entry) => [entry.name, entry]));
  const missing = [...wanted].filter(([name]) => !found.has(name));
  const unexpected = extra === "refused" ? stored.filter(({ name }) => !wanted.has(name)) : [];
  const misshapen = stored.filter(({ name, dtype, shape }) => {
    const right = wanted.get(name);
    return right !== undefined && !(types.includes(dtype) && shape.join() === right.shape.join());
  });
  const lines = [
    ...missing.map(([name, { shape }]) => `- ${name} ${described(types[0], shape)}`),
    ...unexpected.map(({ name, dtype, shape }) => `+ ${name} ${described(dtype, shape)}`),
    ...misshapen.map(({ name, dtype, shape }) => {
      return `~ ${name} ${described(dtype, shape)}, expected ${described(types[0], wanted.get(name)?.shape ?? [])}`;
    }),
  ];
  if (lines.length === 0) return;
  const counts = { missing: missing.length, unexpected: unexpected.length, misshapen: misshapen.length };
  throw new CorruptFile({
    where,
    expected: `the ${wanted.size} tensors of ${of}`,
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

function described(dtype: string, shape: readonly number[]): string {
  return `${dtype} [${shape.join(", ")}]`;
}
