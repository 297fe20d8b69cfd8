// Named tensors in one file, in the safetensors format that the official checkpoints use (the format is in
// safetensors-header.ts). Written like the reference library: widest types first, then by name, the header
// padded with spaces to a multiple of 8, so that equal tensors give equal bytes and every tensor is aligned.

import type { FileHandle } from "node:fs/promises";
import { readUpTo, withOpenFile } from "./reading.ts";
import { replaceFileBy, writeWhole } from "./replace.ts";
import { headerLength, parseHeader, prefixBytes, type SafetensorsHeader } from "./safetensors-header.ts";
import { bytesOf, type StoredTensor, type StoredType, storedTensor } from "./stored.ts";

/** The tensors of a file by name, in the order of their bytes, and the file's free text. */
export interface Safetensors {
  readonly tensors: Map<string, StoredTensor>;
  readonly metadata: Record<string, string>;
}

/**
 * Reads a whole file; each tensor has a buffer of its own.
 *
 * @throws CorruptFile where header and size do not fit the format; UserError where the file cannot be read
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  return withOpenFile(path, async (file) => {
    const { entries, metadata } = await headerOf(path, file);
    const tensors = new Map<string, StoredTensor>();
    for (const { name, dtype, shape, offset, byteLength } of entries) {
      const buffer = new ArrayBuffer(byteLength);
      await readWhole(path, file, new Uint8Array(buffer), offset);
      tensors.set(name, storedTensor(dtype, shape, buffer));
    }
    return { tensors, metadata: { ...metadata } };
  });
}

/**
 * Reads only what the file holds and where, for readers that map or stream the numbers themselves.
 *
 * @throws as `readSafetensors`
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  return withOpenFile(path, (file) => headerOf(path, file));
}

/** A tensor whose numbers are fetched when they are written. */
export interface TensorSource {
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** Exactly `byteLength` bytes, little-endian. */
  read(): Promise<ArrayBufferView>;
}

/** Something that is shown every byte of a file as it is written, such as `createHash("sha256")`. */
export interface Tally {
  update(bytes: Uint8Array): unknown;
}

/**
 * Writes tensors so that the file appears whole or not at all; the
 * same tensors and text give the same bytes, whatever their order.
 *
 * @throws UserError where the disk is full (exit code 1) or the path cannot be written
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, StoredTensor]>,
  metadata: Readonly<Record<string, string>> = {},
  tally?: Tally,
): Promise<void> {
  const sources = [...tensors].map(([name, { dtype, shape, data }]): readonly [string, TensorSource] => {
    return [name, { dtype, shape, byteLength: data.byteLength, read: async () => data }];
  });
  await writeSafetensorsFrom(path, sources, metadata, tally);
}

/** As `writeSafetensors`, one tensor in memory at a time. */
export async function writeSafetensorsFrom(
  path: string,
  tensors: Iterable<readonly [string, TensorSource]>,
  metadata: Readonly<Record<string, string>> = {},
  tally?: Tally,
): Promise<void> {
  const named = [...tensors].sort(byWidthThenName);
  const head = encodeHeader(named, metadata);
  await replaceFileBy(path, async (file) => {
    const write = (bytes: Uint8Array): Promise<void> => {
      tally?.update(bytes);
      return writeWhole(file, bytes);
    };
    await write(head);
    for (const [name, source] of named) {
      const { buffer, byteOffset, byteLength } = await source.read();
      if (byteLength !== source.byteLength) throw new Error(`internal: tensor "${name}" is not of the length told`);
      await write(new Uint8Array(buffer, byteOffset, byteLength));
    }
  });
}

function encodeHeader(
  named: readonly (readonly [string, TensorSource])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const fields: [string, unknown][] = [];
  const texts = Object.entries(metadata).sort(([a], [b]) => compare(a, b));
  if (texts.length > 0) fields.push(["__metadata__", Object.fromEntries(texts)]);
  let begin = 0;
  for (const [name, { dtype, shape, byteLength }] of named) {
    checkWritable(name, dtype, shape, byteLength);
    const end = begin + byteLength;
    fields.push([name, { dtype, shape, data_offsets: [begin, end] }]);
    begin = end;
  }
  if (new Set(fields.map(([name]) => name)).size !== fields.length)
    throw new Error("internal: a tensor's name is used twice");
  // Assembled by hand because an object would move names that look like numbers to the front.
  const json = Buffer.from(
    `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`,
  );
  const padded = Math.ceil(json.byteLength / 8) * 8;
  const head = new Uint8Array(prefixBytes + padded).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true);
  head.set(json, prefixBytes);
  return head;
}

function checkWritable(name: string, dtype: StoredType, shape: readonly number[], byteLength: number): void {
  const needed = shape.reduce((product, size) => product * size, bytesOf[dtype]);
  if (name === "__metadata__" || needed !== byteLength) {
    throw new Error(`internal: tensor "${name}" of ${dtype} [${shape.join(", ")}] does not fit ${byteLength} bytes`);
  }
}

// The order of the reference library: types by falling width, and among equals as listed here.
const typeOrder: readonly StoredType[] = ["I64", "F64", "F32", "I32", "BF16", "F16", "U8", "BOOL"];

function byWidthThenName(a: readonly [string, TensorSource], b: readonly [string, TensorSource]): number {
  return typeOrder.indexOf(a[1].dtype) - typeOrder.indexOf(b[1].dtype) || compare(a[0], b[0]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function headerOf(path: string, file: FileHandle): Promise<SafetensorsHeader> {
  const { size } = await file.stat();
  const prefix = new Uint8Array(prefixBytes);
  await file.read(prefix, 0, prefixBytes, 0);
  const json = new Uint8Array(headerLength(path, prefix, size));
  await readWhole(path, file, json, prefixBytes);
  return parseHeader(path, json, size);
}

async function readWhole(path: string, file: FileHandle, into: Uint8Array, offset: number): Promise<void> {
  if ((await readUpTo(file, into, offset)) < into.byteLength) {
    throw new Error(`internal: ${path} became shorter while it was read`);
  }
}
