// The header of a safetensors file, checked against the file's size before anything is allocated or read. Format: 8
// bytes little-endian header length N; N bytes of JSON, name -> { dtype, shape, data_offsets: [begin, end] } and
// optionally "__metadata__" -> strings; then the numbers, which the tensors cover without hole or overlap.

import { CorruptFile } from "../errors/index.ts";
import { bytesOf, isStoredType, type StoredType } from "./stored.ts";

/** Where one tensor lies in the file. */
export interface StoredEntry {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  /** First byte, counted from the beginning of the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** What the header of a file says: its tensors in the order of their bytes, and its free text. */
export interface SafetensorsHeader {
  readonly entries: readonly StoredEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes of the number that a file begins with: the length of its header. */
export const prefixBytes = 8;

/** The format's own limit: a longer header is refused before memory is given to it. */
const longestHeader = 100_000_000;

/**
 * The header's length that the file's first eight bytes declare.
 *
 * @throws CorruptFile where the file cannot hold so long a header
 */
export function headerLength(path: string, prefix: Uint8Array, fileSize: number): number {
  if (fileSize < prefixBytes) throw corrupt(path, "a safetensors file of at least 8 bytes", `${fileSize} bytes`);
  const length = new DataView(prefix.buffer, prefix.byteOffset, prefixBytes).getBigUint64(0, true);
  const room = Math.min(longestHeader, fileSize - prefixBytes);
  if (length > room) throw corrupt(path, `a header of at most ${room} bytes`, `a declared length of ${length}`);
  return Number(length);
}

/**
 * Reads and checks the JSON of a header.
 *
 * @throws CorruptFile where it is not JSON of the format's form,
 *   or its tensors do not cover the rest of the file exactly
 */
export function parseHeader(path: string, json: Uint8Array, fileSize: number): SafetensorsHeader {
  const header = parseObject(path, json);
  const start = prefixBytes + json.byteLength;
  const entries: StoredEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") metadata = parseMetadata(path, value);
    else entries.push(parseEntry(path, name, value, start));
  }
  entries.sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  checkCover(path, entries, start, fileSize);
  return { entries, metadata };
}

function parseObject(path: string, json: Uint8Array): object {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch (cause) {
    throw corrupt(path, "a header in JSON", cause);
  }
  if (!isObject(value)) throw corrupt(path, "a header that is a JSON object", value);
  return value;
}

function parseMetadata(path: string, value: unknown): Record<string, string> {
  if (!isObject(value)) throw corrupt(path, "__metadata__ to be an object of strings", value);
  const pairs = Object.entries(value).map(([name, text]): [string, string] => {
    if (typeof text !== "string") throw corrupt(path, `__metadata__ "${name}" to be a string`, text);
    return [name, text];
  });
  return Object.fromEntries(pairs);
}

function parseEntry(path: string, name: string, value: unknown, start: number): StoredEntry {
  const where = `tensor "${name}"`;
  if (!isObject(value) || !("dtype" in value) || !("shape" in value) || !("data_offsets" in value)) {
    throw corrupt(path, `${where} with dtype, shape and data_offsets`, value);
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !isStoredType(dtype)) {
    throw corrupt(path, `${where} of type ${Object.keys(bytesOf).join(", ")}`, dtype);
  }
  if (!isCounts(shape)) throw corrupt(path, `${where} with a shape of whole numbers from 0`, shape);
  if (!isCounts(offsets) || offsets.length !== 2) throw corrupt(path, `${where} with two data_offsets`, offsets);
  const [begin = 0, end = 0] = offsets;
  const needed = shape.reduce((product, size) => product * size, bytesOf[dtype]);
  if (end - begin !== needed) {
    throw corrupt(path, `${where} (${dtype} [${shape.join(", ")}]) to take ${needed} bytes`, end - begin);
  }
  return { name, dtype, shape, offset: start + begin, byteLength: needed };
}

function checkCover(path: string, entries: readonly StoredEntry[], start: number, fileSize: number): void {
  let end = start;
  for (const entry of entries) {
    if (entry.offset !== end) throw corrupt(path, `tensor "${entry.name}" to begin at byte ${end}`, entry.offset);
    end += entry.byteLength;
  }
  if (end !== fileSize) throw corrupt(path, `a file of ${end} bytes, as its header says`, `${fileSize} bytes`);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function corrupt(where: string, expected: string, received: unknown): CorruptFile {
  const remedy = "the file is damaged or of another kind: make, copy or download it again";
  return new CorruptFile({ where, expected, received, remedy });
}
