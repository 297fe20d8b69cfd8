// Tensors as files hold them: a type, a shape and little-endian numbers, row-major.
// F16 and BF16 have no JavaScript array of their own: their bits are kept.

/** A tensor of a file; `data` holds as many numbers as the product of `shape`. */
export type StoredTensor =
  | Stored<"F32", Float32Array>
  | Stored<"F64", Float64Array>
  | Stored<"F16" | "BF16", Uint16Array>
  | Stored<"I64", BigInt64Array>
  | Stored<"I32", Int32Array>
  | Stored<"U8" | "BOOL", Uint8Array>;

interface Stored<Type extends string, Data> {
  readonly dtype: Type;
  readonly shape: readonly number[];
  readonly data: Data;
}

/** Names of the types, as in the safetensors format. */
export type StoredType = StoredTensor["dtype"];

/** Bytes of one number of each type. */
export const bytesOf: Readonly<Record<StoredType, number>> = {
  I64: 8,
  F64: 8,
  F32: 4,
  I32: 4,
  BF16: 2,
  F16: 2,
  U8: 1,
  BOOL: 1,
};

/** Whether a word names one of the types that we read. */
export function isStoredType(word: string): word is StoredType {
  return Object.hasOwn(bytesOf, word);
}

/**
 * A tensor that looks at `buffer` whole, without a copy.
 *
 * @param buffer exactly as many bytes as type and shape need
 */
export function storedTensor(dtype: StoredType, shape: readonly number[], buffer: ArrayBuffer): StoredTensor {
  switch (dtype) {
    case "F32":
      return { dtype, shape, data: new Float32Array(buffer) };
    case "F64":
      return { dtype, shape, data: new Float64Array(buffer) };
    case "F16":
    case "BF16":
      return { dtype, shape, data: new Uint16Array(buffer) };
    case "I64":
      return { dtype, shape, data: new BigInt64Array(buffer) };
    case "I32":
      return { dtype, shape, data: new Int32Array(buffer) };
    case "U8":
    case "BOOL":
      return { dtype, shape, data: new Uint8Array(buffer) };
  }
}
