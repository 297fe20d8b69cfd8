// Weights in fewer bytes: half precision, and int8 with a scale for each row.

/** IEEE 754 half precision, rounded to nearest, ties to even; little-endian. */
export function toFloat16(values: Float32Array): Uint8Array {
  const halves = new Uint16Array(values.length);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i];
    halves[i] = halfOf(bits[0]);
  }
  return new Uint8Array(halves.buffer);
}

/** The half that is nearest to a float32, both as bits. */
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // not a number
  if (magnitude >= 0x47800000) return sign | 0x7c00; // too large, or infinite
  if (magnitude < 0x38800000) {
    // Below the smallest normal half: its numbers are whole multiples of 2^-24.
    const float = new Float32Array(Uint32Array.of(magnitude).buffer)[0];
    return sign | roundedToEven(float * 2 ** 24);
  }
  const kept = (magnitude - 0x38000000) >>> 13;
  const rest = magnitude & 0x1fff;
  return sign | (kept + (rest > 0x1000 || (rest === 0x1000 && (kept & 1) === 1) ? 1 : 0));
}

function roundedToEven(value: number): number {
  const below = Math.floor(value);
  const excess = value - below;
  return excess > 0.5 || (excess === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/**
 * Whole numbers from -127 to 127 with a scale for each row: value = scale * number.
 *
 * @param values [rows, ...]
 */
export function toInt8(values: Float32Array, rows: number): { bytes: Uint8Array; scale: Float32Array } {
  const each = values.length / rows;
  const small = new Int8Array(values.length);
  const scale = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const start = row * each;
    let most = 0;
    for (let i = start; i < start + each; i++) most = Math.max(most, Math.abs(values[i]));
    scale[row] = most === 0 ? 1 : most / 127;
    for (let i = start; i < start + each; i++) small[i] = Math.round(values[i] / scale[row]);
  }
  return { bytes: new Uint8Array(small.buffer), scale };
}
