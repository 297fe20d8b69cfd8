// What a pickle built, as a tree: not endless, not deep, and not vast once values that are shared are counted each
// time. Without this, lists of lists that each hold the one before twice take a few hundred bytes and no walk over them
// ends.

import { damaged } from "./checkpoint-faults.ts";
import type { TorchValue } from "./torch-value.ts";

const deepest = 100;
const mostValues = 2 ** 24;

/** A value with all that it holds: how deep, and how many. */
interface Extent {
  readonly depth: number;
  readonly values: number;
}

const leaf: Extent = { depth: 0, values: 1 };

/**
 * Checks that walking a value, however one does it, ends soon.
 *
 * @throws CorruptFile where it holds itself, lies more than 100 deep or counts more than 2^24 values
 */
export function checkTree(where: string, root: TorchValue): void {
  const known = new Map<TorchValue, Extent>();
  const open = new Set<TorchValue>();

  function extent(value: TorchValue): Extent {
    const held = heldBy(value);
    if (held === undefined) return leaf;
    const before = known.get(value);
    if (before !== undefined) return before;
    if (open.has(value)) throw damaged(where, "values that end", "one that holds itself");
    open.add(value);
    if (open.size > deepest) throw tooDeep();
    let depth = 0;
    let values = 1;
    for (const part of held) {
      const inner = extent(part);
      depth = Math.max(depth, inner.depth + 1);
      values += inner.values;
    }
    if (depth > deepest) throw tooDeep();
    if (values > mostValues) throw damaged(where, `at most ${mostValues} values`, "more, by sharing");
    open.delete(value);
    known.set(value, { depth, values });
    return { depth, values };
  }

  const tooDeep = () => damaged(where, `values at most ${deepest} deep`, "deeper ones");
  extent(root);
}

function heldBy(value: TorchValue): Iterable<TorchValue> | undefined {
  if (Array.isArray(value) || value instanceof Set) return value;
  return value instanceof Map ? keysAndValues(value) : undefined;
}

function* keysAndValues(map: ReadonlyMap<TorchValue, TorchValue>): Generator<TorchValue> {
  yield* map.keys();
  yield* map.values();
}
