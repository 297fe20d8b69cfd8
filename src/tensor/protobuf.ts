// The wire format of Protocol Buffers, as much of it as writing an ONNX model needs: fields
// that are varints, floats, bytes or messages. A message is the list of its encoded fields.

/** A field as it is written: its number and wire type, then its value. */
export type Field = Uint8Array;

const text = new TextEncoder();

/** A whole number field (negative numbers as 64-bit two's complement). */
export function integerField(number: number, value: number): Field {
  return Uint8Array.from([...varint(BigInt(number << 3)), ...varint(BigInt.asUintN(64, BigInt(value)))]);
}

/** A number as float32. */
export function floatField(number: number, value: number): Field {
  const field = new Uint8Array(5);
  field[0] = (number << 3) | 5;
  new DataView(field.buffer).setFloat32(1, value, true);
  return field;
}

/** Bytes as they are, their count before them. */
export function bytesField(number: number, value: Uint8Array): Field {
  return join([Uint8Array.from([...varint(BigInt((number << 3) | 2)), ...varint(BigInt(value.length))]), value]);
}

/** A text as UTF-8. */
export function textField(number: number, value: string): Field {
  return bytesField(number, text.encode(value));
}

/** A message within a message. */
export function messageField(number: number, fields: readonly Field[]): Field {
  return bytesField(number, join(fields));
}

/** Whole numbers in one packed field. */
export function packedField(number: number, values: readonly number[]): Field {
  return bytesField(number, Uint8Array.from(values.flatMap((value) => varint(BigInt.asUintN(64, BigInt(value))))));
}

/** Parts one after the other: the fields of a message, or a message that is a whole file. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return bytes;
}
