// The few names that checkpoints of weights need, and what each gives: data, made by the functions below and by no
// other code. A tensor is written as `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`, its
// storage as the reference `("storage", <class>, key, location, length)` to the entry `data/<key>` of the zip
// (torch/_utils.py, torch/serialization.py).

import { elements } from "../tensor/index.ts";
import { damaged } from "./checkpoint-faults.ts";
import type { PickleMeaning } from "./pickle-machine.ts";
import { numberBytes, storageTypes, typeNames } from "./torch-storages.ts";
import { described, isKind, type TorchStorage, type TorchTensor, type TorchValue } from "./torch-value.ts";
import { spanOf } from "./torch-view.ts";

/** The bytes of one storage in the file. */
export interface StorageBytes {
  /** First byte, counted from the beginning of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** Gives a name's result, or throws CorruptFile where the arguments do not fit. */
type Call = (where: string, args: readonly TorchValue[]) => TorchValue;

const calls: ReadonlyMap<string, Call> = new Map<string, Call>([
  ["collections.OrderedDict", orderedDictionary],
  ["torch._utils._rebuild_tensor_v2", tensor],
  ["torch._utils._rebuild_parameter", parameter],
  ["torch.Size", size],
  ["builtins.set", set],
  ["__builtin__.set", set],
]);

/**
 * What the names and references of a checkpoint's pickle mean.
 *
 * @param where the file, for messages
 * @param storage the bytes of a storage by its key, undefined where there is none
 */
export function torchMeaning(where: string, storage: (key: string) => StorageBytes | undefined): PickleMeaning {
  return {
    allows: (name) => calls.has(name) || storageTypes.has(name) || typeNames.has(name),
    call(name, args) {
      const call = calls.get(name);
      if (call === undefined) throw damaged(where, "a function of PyTorch's to call", name);
      return call(where, args);
    },
    persistent: (id) => storageOf(where, id, storage),
  };
}

function orderedDictionary(where: string, args: readonly TorchValue[]): TorchValue {
  if (args.length > 0) throw damaged(where, "an ordered dictionary that is filled later", `${args.length} arguments`);
  return new Map();
}

function set(where: string, args: readonly TorchValue[]): TorchValue {
  const [items = []] = args;
  if (args.length > 1 || !Array.isArray(items)) throw damaged(where, "a set of a list", described(items));
  return new Set(items);
}

function size(where: string, [sizes]: readonly TorchValue[]): TorchValue {
  return [...counts(where, "sizes", sizes)];
}

/** A trained tensor; what it says about training is dropped. */
function parameter(where: string, [data]: readonly TorchValue[]): TorchValue {
  if (!isKind(data, "tensor")) throw damaged(where, "a parameter that is a tensor", described(data));
  return data;
}

function tensor(where: string, args: readonly TorchValue[]): TorchTensor {
  const [storage, first, shapeValue, strideValue, , , metadata = null] = args;
  if (args.length < 6 || args.length > 7) throw damaged(where, "a tensor of 6 or 7 arguments", args.length);
  if (!isKind(storage, "storage")) throw damaged(where, "a tensor in a storage", described(storage));
  if (!isCount(first)) throw damaged(where, "a tensor's place as a whole number from 0", described(first));
  const view = { shape: counts(where, "sizes", shapeValue), strides: counts(where, "strides", strideValue) };
  if (view.shape.length !== view.strides.length) {
    throw damaged(where, `${view.shape.length} strides, one an axis`, view.strides.length);
  }
  checkPlain(where, metadata);
  checkInside(where, storage, first, view);
  const width = numberBytes[storage.dtype];
  return {
    kind: "tensor",
    dtype: storage.dtype,
    ...view,
    offset: storage.offset + first * width,
    byteLength: elements(view.shape) * width,
  };
}

/** A tensor's last argument marks numbers that stand for their negative or conjugate. */
function checkPlain(where: string, metadata: TorchValue): void {
  if (metadata === null || (metadata instanceof Map && metadata.size === 0)) return;
  throw damaged(
    where,
    "a tensor whose numbers are stored as they are",
    described(metadata),
    "save tensor.resolve_neg()",
  );
}

function checkInside(
  where: string,
  storage: TorchStorage,
  first: number,
  view: Pick<TorchTensor, "shape" | "strides">,
) {
  const end = first + spanOf(view);
  if (end > storage.length)
    throw damaged(where, `a tensor inside its storage of ${storage.length}`, `an end at ${end}`);
  const bytes = elements(view.shape) * numberBytes[storage.dtype];
  if (!Number.isSafeInteger(bytes)) throw damaged(where, "a tensor of less than 2^53 bytes", bytes);
}

function storageOf(where: string, id: TorchValue, bytes: (key: string) => StorageBytes | undefined): TorchStorage {
  const [word, type, key, , length] = Array.isArray(id) ? id : [];
  const dtype = isKind(type, "name") ? storageTypes.get(type.name) : undefined;
  if (word !== "storage" || typeof key !== "string" || dtype === undefined || !isCount(length)) {
    throw damaged(where, "a reference to a storage of a known type", described(id));
  }
  const held = bytes(key);
  if (held === undefined) throw damaged(where, `the entry data/${key} in the zip`, "none of that name");
  const needed = length * numberBytes[dtype];
  if (needed > held.byteLength) {
    throw damaged(where, `at least ${needed} bytes in data/${key}, for ${length} of ${dtype}`, held.byteLength);
  }
  return { kind: "storage", dtype, offset: held.offset, length };
}

/** PyTorch's own limit of axes. */
const mostAxes = 64;

function counts(where: string, what: string, value: TorchValue | undefined): readonly number[] {
  if (!Array.isArray(value) || value.length > mostAxes) {
    throw damaged(where, `a list of at most ${mostAxes} ${what}`, described(value));
  }
  return value.map((count) => {
    if (!isCount(count)) throw damaged(where, `${what} that are whole numbers from 0`, described(count));
    return count;
  });
}

function isCount(value: TorchValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
