// Python's pickles, read as data only (the format: the module `pickletools` of Python, PEP 307, 3154 and 574). A pickle
// is a program for a machine with a stack and a memo. Its danger is that it may name any function and call it; this
// reader has no way to do that: a name is looked up in a table of what checkpoints of weights need, and any other is
// refused. Every opcode takes a bounded step, and what is built is bounded, so a hostile file can neither hang nor fill
// the memory.

import { ByteCursor } from "./byte-cursor.ts";
import { damaged } from "./checkpoint-faults.ts";
import { PickleMachine, type PickleMeaning } from "./pickle-machine.ts";
import { opcodes } from "./pickle-opcodes.ts";
import { checkTree } from "./pickle-tree.ts";
import type { TorchValue } from "./torch-value.ts";

/** Largest pickle in bytes: the tensors are not in it, so that those of the largest models take a few million. */
export const longestPickle: number = 2 ** 25;

/**
 * Reads a pickle of protocol 2 to 5.
 *
 * @param where the file, for messages
 * @throws CorruptFile where it is damaged, names something that is not allowed, or builds what is too large, too deep
 *   or endless
 */
export function unpickle(bytes: Uint8Array, where: string, meaning: PickleMeaning): TorchValue {
  if (bytes.length > longestPickle) throw damaged(where, `at most ${longestPickle} bytes`, bytes.length);
  const cursor = new ByteCursor(bytes, where);
  const machine = new PickleMachine(cursor, meaning);
  for (;;) {
    const code = String.fromCharCode(cursor.uint8());
    if (code === ".") break;
    const action = opcodes.get(code);
    if (action === undefined) throw cursor.fault("an opcode that torch.save writes", JSON.stringify(code));
    action(machine, cursor);
  }
  const value = machine.pop();
  checkTree(where, value);
  return value;
}
