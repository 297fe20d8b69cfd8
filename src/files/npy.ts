// Arrays of float32 in NumPy's .npy format, version 1.0: magic, a header in Python's notation padded with spaces, then
// the numbers row-major and little-endian. The header always takes 128 bytes, so that it can be written when the rows
// are counted.

import type { FileHandle } from "node:fs/promises";
import { CorruptFile } from "../errors/index.ts";
import { readUpTo, withOpenFile } from "./reading.ts";

/** Bytes before the numbers, in files that we write. */
export const npyHeaderBytes = 128;

/** The first bytes of a float32 array of this shape. */
export function npyHeader(shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes}), }`;
  const header = Buffer.alloc(npyHeaderBytes, 0x20);
  header.write("\x93NUMPY\x01\x00", "latin1");
  header.writeUInt16LE(npyHeaderBytes - 10, 8);
  header.write(text, 10, "latin1");
  header[npyHeaderBytes - 1] = 0x0a;
  return header;
}

/** A float32 array of a file. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Reads a .npy file of float32, row-major, by whomever it was written (versions 1 to 3).
 *
 * @throws CorruptFile where it is none or does not hold what its header says; UserError where it cannot be read
 */
export async function readNpy(path: string): Promise<NpyArray> {
  return withOpenFile(path, (file) => readOpened(path, file));
}

async function readOpened(path: string, file: FileHandle): Promise<NpyArray> {
  const { size } = await file.stat();
  const start = Buffer.alloc(12);
  await file.read(start, 0, 12, 0);
  if (start.toString("latin1", 0, 6) !== "\x93NUMPY") throw corrupt(path, "a .npy file", "another kind of file");
  const [lengthAt, length] = start[6] === 1 ? [10, start.readUInt16LE(8)] : [12, start.readUInt32LE(8)];
  if (lengthAt + length > size) throw corrupt(path, "a header within the file", `${length} bytes`);
  const header = Buffer.alloc(length);
  await file.read(header, 0, length, lengthAt);
  const text = header.toString("latin1");
  if (!/'descr': '<f4'/.test(text) || !/'fortran_order': False/.test(text)) {
    throw corrupt(path, "float32 numbers, row-major", text.trim());
  }
  const shape = [...(/'shape': \(([^)]*)\)/.exec(text)?.[1] ?? "").matchAll(/\d+/g)].map(([digits]) => Number(digits));
  const count = shape.reduce((product, each) => product * each, 1);
  if (lengthAt + length + 4 * count !== size)
    throw corrupt(path, `${4 * count} bytes of numbers`, `${size - lengthAt - length}`);
  const bytes = new Uint8Array(4 * count);
  if ((await readUpTo(file, bytes, lengthAt + length)) < bytes.length) {
    throw corrupt(path, "a file that stays as it is", "one that became shorter");
  }
  return { shape, data: new Float32Array(bytes.buffer) };
}

function corrupt(where: string, expected: string, received: unknown): CorruptFile {
  const remedy = "make the file again";
  return new CorruptFile({ where, expected, received, remedy });
}
