// Reads numbers and text from bytes, one after the other, little-endian, never past their end.

import type { CorruptFile } from "../errors/index.ts";
import { damaged } from "./checkpoint-faults.ts";

/**
 * A place in bytes that moves forward as they are read; every method throws CorruptFile where the bytes end too early.
 */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #where: string;
  #place = 0;

  /** @param where what the bytes are, for messages: the place is added to it */
  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#where = where;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.byteLength - this.#place;
  }

  uint8(): number {
    return this.#view.getUint8(this.#pass(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#pass(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#pass(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#pass(4), true);
  }

  /** A size or a place of 8 bytes; those past 2^53 are refused, since no file is so long. */
  size(): number {
    const value = this.#view.getBigUint64(this.#pass(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.fault("a size below 2^53", value);
    return Number(value);
  }

  /** The one number that pickles keep big-endian. */
  float64BigEndian(): number {
    return this.#view.getFloat64(this.#pass(8), false);
  }

  /** A view of the next bytes, not a copy. */
  take(length: number): Uint8Array {
    const from = this.#pass(length);
    return this.#bytes.subarray(from, from + length);
  }

  /** Text in UTF-8. */
  text(length: number): string {
    const bytes = this.take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.fault("text in UTF-8", "other bytes");
    }
  }

  /** Text up to the next line feed, which is passed over. */
  line(): string {
    const length = this.#bytes.subarray(this.#place).indexOf(0x0a);
    if (length < 0) throw this.fault("a line of text", "bytes without a line feed");
    const text = this.text(length);
    this.#place++;
    return text;
  }

  /** A fault at the present place. */
  fault(expected: string, received: string | number | bigint, remedy?: string): CorruptFile {
    return damaged(`${this.#where}, byte ${this.#place}`, expected, received, remedy);
  }

  #pass(length: number): number {
    if (length > this.left) throw this.fault(`${length} more bytes`, `an end after ${this.left}`);
    const from = this.#place;
    this.#place += length;
    return from;
  }
}
