// What a PyTorch checkpoint holds once it is read: plain data, with tensors as places in the file.
// Dictionaries are Maps, so that a key such as `__proto__` is a key like any other; lists and tuples are arrays.

import type { StoredType } from "../files/index.ts";

/** A value of a checkpoint. It is finite and shallow: no value holds itself, and values lie at most 100 deep. */
export type TorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | TorchValue[]
  | Map<TorchValue, TorchValue>
  | Set<TorchValue>
  | TorchTensor
  | TorchStorage
  | TorchName;

/** Types of PyTorch's numbers: those that files of ours have, and two that are only told. */
export type TorchType = StoredType | "I16" | "I8";

/** A tensor of the file: a view of a run of numbers, checked to lie inside it. */
export interface TorchTensor {
  readonly kind: "tensor";
  readonly dtype: TorchType;
  readonly shape: readonly number[];
  /** Numbers, not bytes, from one element to the next along each axis. */
  readonly strides: readonly number[];
  /** First byte of the first element, counted from the beginning of the file. */
  readonly offset: number;
  /**
   * Bytes of its elements, one after the other; in the file they lie closer or wider where strides are not row-major.
   */
  readonly byteLength: number;
}

/** A run of numbers that tensors are views of. */
export interface TorchStorage {
  readonly kind: "storage";
  readonly dtype: TorchType;
  /** First byte, counted from the beginning of the file. */
  readonly offset: number;
  /** How many numbers, not bytes. */
  readonly length: number;
}

/** A name of PyTorch that stands for itself, such as the type `torch.float16`. */
export interface TorchName {
  readonly kind: "name";
  readonly name: string;
}

/** Whether a value is a tensor, a storage or a name. */
export function isKind<Kind extends "tensor" | "storage" | "name">(
  value: TorchValue | undefined,
  kind: Kind,
): value is Extract<TorchValue, { readonly kind: Kind }> {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

/** A value in a few words, for messages: its kind and size, never its content where that could be large. */
export function described(value: TorchValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "None";
  if (typeof value === "string") return `"${value}"`;
  if (typeof value !== "object") return String(value);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Map) return `a dictionary of ${value.size}`;
  if (value instanceof Set) return `a set of ${value.size}`;
  return value.kind === "name" ? value.name : `a ${value.kind}`;
}
