// PyTorch's types of numbers, by the names that its checkpoints give them.

import { bytesOf } from "../files/index.ts";
import type { TorchType } from "./torch-value.ts";

/** Type of the numbers in a storage, by the class that pickles name; an untyped one counts bytes. */
export const storageTypes: ReadonlyMap<string, TorchType> = new Map<string, TorchType>([
  ["torch.FloatStorage", "F32"],
  ["torch.DoubleStorage", "F64"],
  ["torch.HalfStorage", "F16"],
  ["torch.BFloat16Storage", "BF16"],
  ["torch.LongStorage", "I64"],
  ["torch.IntStorage", "I32"],
  ["torch.ShortStorage", "I16"],
  ["torch.CharStorage", "I8"],
  ["torch.ByteStorage", "U8"],
  ["torch.BoolStorage", "BOOL"],
  ["torch.storage.UntypedStorage", "U8"],
]);

/** Bytes of one number of each type. */
export const numberBytes: Readonly<Record<TorchType, number>> = { ...bytesOf, I16: 2, I8: 1 };

/** Names of the types themselves, which checkpoints may hold as settings; they stand for themselves. */
export const typeNames: ReadonlySet<string> = new Set(
  [
    ...["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"],
    ...["uint16", "uint32", "uint64", "complex64", "complex128", "float8_e4m3fn", "float8_e5m2"],
  ].map((type) => `torch.${type}`),
);
