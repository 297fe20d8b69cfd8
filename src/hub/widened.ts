// Stored weights as float32. For any runtime.

import type { StoredType } from "../files/index.ts";

/** The types that weights are stored in: those that `widened` makes float32 of. */
export const weightTypes: readonly StoredType[] = ["F32", "F16", "BF16", "F64"];

/** The numbers of a buffer, half and double precision as single; undefined for types that weights are not stored in. */
export function widened(dtype: StoredType, buffer: ArrayBuffer): Float32Array | undefined {
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer);
    case "F64":
      return Float32Array.from(new Float64Array(buffer));
    case "BF16":
      return fromBfloat16(new Uint16Array(buffer));
    case "F16":
      return fromFloat16(new Uint16Array(buffer));
    default:
      return undefined;
  }
}

/** bfloat16 is the upper half of a float32. */
function fromBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}

/** IEEE 754 half precision: sign, 5 bits of exponent, 10 of mantissa. */
function fromFloat16(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}
