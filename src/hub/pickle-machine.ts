// The state of a pickle while it is read: a stack, a memo, and how much has been built, all bounded.

import type { ByteCursor } from "./byte-cursor.ts";
import { described, isKind, type TorchValue } from "./torch-value.ts";

/** What names and references in a pickle mean. */
export interface PickleMeaning {
  /** Whether a pickle may name this at all, such as `collections.OrderedDict`. */
  readonly allows: (name: string) => boolean;
  /** What an allowed name gives for arguments. Throws CorruptFile where it cannot be called, or not with these. */
  readonly call: (name: string, args: readonly TorchValue[]) => TorchValue;
  /**
   * What a reference to something outside the pickle stands for. Throws CorruptFile where there is nothing of that
   * kind.
   */
  readonly persistent: (id: TorchValue) => TorchValue;
}

/**
 * Most values on the stack, in the memo, and most lists, dictionaries and results built: a model of 40,000 tensors
 * fits.
 */
const most = 2 ** 19;

/**
 * A stack machine whose methods throw CorruptFile where a pickle asks for what is not there, not allowed or too much.
 */
export class PickleMachine {
  readonly #cursor: ByteCursor;
  readonly #meaning: PickleMeaning;
  readonly #memo = new Map<number, TorchValue>();
  /** Values above the last mark; those between earlier marks lie in `#below`. */
  #stack: TorchValue[] = [];
  readonly #below: TorchValue[][] = [];
  #held = 0;
  #built = 0;

  constructor(cursor: ByteCursor, meaning: PickleMeaning) {
    this.#cursor = cursor;
    this.#meaning = meaning;
  }

  push(value: TorchValue): void {
    this.#hold();
    this.#stack.push(value);
  }

  pop(): TorchValue {
    const value = this.#stack.pop();
    if (value === undefined) throw this.#cursor.fault("a value on the stack", "an empty stack");
    this.#held--;
    return value;
  }

  /** The value on top, which stays there. */
  top(): TorchValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw this.#cursor.fault("a value on the stack", "an empty stack");
    return value;
  }

  mark(): void {
    this.#hold();
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** Takes all values above the last mark, and the mark. */
  popMark(): TorchValue[] {
    const values = this.#stack;
    const below = this.#below.pop();
    if (below === undefined) throw this.#cursor.fault("a mark on the stack", "none");
    this.#held -= values.length + 1;
    this.#stack = below;
    return values;
  }

  /** Takes `count` values, the lowest first. */
  popSome(count: number): TorchValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  /** Pushes something new that holds others, or is the result of a call. */
  build(value: TorchValue): void {
    this.#built += value instanceof Set ? 1 + value.size : 1;
    if (this.#built > most) throw this.#cursor.fault(`at most ${most} lists, dictionaries and results`, "more");
    this.push(value);
  }

  /** The value on top, which must be a list. */
  topList(): TorchValue[] {
    const value = this.top();
    if (!Array.isArray(value)) throw this.#cursor.fault("a list", described(value));
    return value;
  }

  topSet(): Set<TorchValue> {
    const value = this.top();
    if (!(value instanceof Set)) throw this.#cursor.fault("a set", described(value));
    return value;
  }

  /** Puts keys and values, in turn, into the dictionary on top. */
  setItems(items: readonly TorchValue[]): void {
    const dictionary = this.top();
    if (!(dictionary instanceof Map)) throw this.#cursor.fault("a dictionary", described(dictionary));
    for (let i = 0; i < items.length; i += 2) {
      const [key, value] = [items[i], items[i + 1]];
      if (value === undefined) throw this.#cursor.fault("a value for each key", "a key without one");
      dictionary.set(key, value);
    }
  }

  /** Remembers the value on top under a number, or under the next free one. */
  remember(index: number = this.#memo.size): void {
    this.#memo.set(index, this.top());
    if (this.#memo.size > most) throw this.#cursor.fault(`at most ${most} values in the memo`, "more");
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.#cursor.fault(`value ${index} in the memo`, "none of that number");
    this.push(value);
  }

  /** Pushes a name, which the pickle may then call. */
  name(module: TorchValue, word: TorchValue): void {
    if (typeof module !== "string" || typeof word !== "string") {
      throw this.#cursor.fault("a name in two words", `${described(module)} and ${described(word)}`);
    }
    const name = `${module}.${word}`;
    if (!this.#meaning.allows(name)) {
      const remedy =
        "loading it with Python could run code, which weights never need: " +
        "get them as safetensors, or have their author save model.state_dict() alone";
      throw this.#cursor.fault("only PyTorch's names for tensors", name, remedy);
    }
    this.push({ kind: "name", name });
  }

  /** Replaces a name and its arguments by what they give. */
  call(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!isKind(callee, "name")) throw this.#cursor.fault("a name to call", described(callee));
    if (!Array.isArray(args)) throw this.#cursor.fault(`arguments of ${callee.name}`, described(args));
    this.build(this.#meaning.call(callee.name, args));
  }

  /** Replaces a reference by what it stands for. */
  persistent(): void {
    this.build(this.#meaning.persistent(this.pop()));
  }

  /** Drops the attributes of an ordered dictionary (`_metadata`, versions of modules); nothing else may have any. */
  dropState(): void {
    const state = this.pop();
    const owner = this.top();
    if (owner instanceof Map && state instanceof Map) return;
    throw this.#cursor.fault("attributes of a dictionary only", `${described(state)} for ${described(owner)}`);
  }

  #hold(): void {
    if (++this.#held > most) throw this.#cursor.fault(`at most ${most} values on the stack`, "more");
  }
}
