// Zips, pickles and checkpoints made by hand, well or badly, for the tests of this folder.

import { crc32 } from "node:zlib";
import { damaged } from "./checkpoint-faults.ts";
import type { RangedFile } from "./ranged-file.ts";

/** A file of a zip to be made; what it says about itself may be a lie. */
export interface ZipFile {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  /** Said in place of the size that `data` has. */
  readonly byteLength?: number;
  /** Said in place of where it is. */
  readonly header?: number;
  /** The name in the local header. */
  readonly localName?: string;
}

/** What the end record says in place of the truth. */
export interface ZipEndLies {
  readonly count?: number;
  readonly byteLength?: number;
  readonly offset?: number;
  readonly disk?: number;
}

const little = (width: 2 | 4 | 8, value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes.subarray(0, width);
};

/** A zip of these files; with `wide`, all sizes stand in zip64 fields. */
export function zipOf(files: readonly ZipFile[], lies: ZipEndLies = {}, wide = false): Buffer {
  const bodies: Buffer[] = [];
  const rows: Buffer[] = [];
  let at = 0;
  for (const file of files) {
    const body = Buffer.concat([localHeader(file), file.data]);
    rows.push(directoryRow(file, at, wide));
    bodies.push(body);
    at += body.length;
  }
  const directory = Buffer.concat(rows);
  const truth = { count: files.length, byteLength: directory.length, offset: at, disk: 0, ...lies };
  return Buffer.concat([...bodies, directory, wide ? wideEnd(truth, at + directory.length) : end(truth)]);
}

function localHeader({ name, localName = name, method = 0, data }: ZipFile): Buffer {
  const sizes = [little(4, crc32(data)), little(4, data.length), little(4, data.length)];
  const head = [Buffer.from("PK\x03\x04"), little(2, 20), little(2, 0x800), little(2, method), little(4, 0), ...sizes];
  return Buffer.concat([...head, little(2, Buffer.byteLength(localName)), little(2, 0), Buffer.from(localName)]);
}

function directoryRow(file: ZipFile, at: number, wide: boolean): Buffer {
  const { name, data, method = 0, flags = 0x800, byteLength = data.length, header = at } = file;
  const inField = wide ? [little(8, byteLength), little(8, byteLength), little(8, header)] : [];
  const extra = wide ? Buffer.concat([little(2, 1), little(2, 24), ...inField]) : Buffer.alloc(0);
  const sizes = wide
    ? [little(4, 0xffffffff), little(4, 0xffffffff)]
    : [little(4, method === 0 ? byteLength : data.length), little(4, byteLength)];
  return Buffer.concat([
    Buffer.from("PK\x01\x02"),
    ...[
      little(2, 20),
      little(2, 20),
      little(2, flags),
      little(2, method),
      little(4, 0),
      little(4, crc32(data)),
      ...sizes,
    ],
    ...[
      little(2, Buffer.byteLength(name)),
      little(2, extra.length),
      little(2, 0),
      little(2, 0),
      little(2, 0),
      little(4, 0),
    ],
    ...[little(4, wide ? 0xffffffff : header), Buffer.from(name), extra],
  ]);
}

function end({ count, byteLength, offset, disk }: Required<ZipEndLies>): Buffer {
  const numbers = [little(2, disk), little(2, disk), little(2, count), little(2, count)];
  return Buffer.concat([
    Buffer.from("PK\x05\x06"),
    ...[...numbers, little(4, byteLength), little(4, offset), little(2, 0)],
  ]);
}

function wideEnd({ count, byteLength, offset, disk }: Required<ZipEndLies>, at: number): Buffer {
  const numbers = [little(4, disk), little(4, disk), ...[count, count, byteLength, offset].map((n) => little(8, n))];
  const record = [Buffer.from("PK\x06\x06"), little(8, 44), little(2, 45), little(2, 45), ...numbers];
  const locator = [Buffer.from("PK\x06\x07"), little(4, 0), little(8, at), little(4, 1)];
  return Buffer.concat([
    ...record,
    ...locator,
    end({ count: 0xffff, byteLength: 0xffffffff, offset: 0xffffffff, disk: 0 }),
  ]);
}

/** Opcodes and text as they are, a byte, or bytes. */
export type PicklePart = string | number | Uint8Array;

/** A pickle of protocol 2 of these parts, with STOP at its end. */
export function pickleOf(...parts: readonly PicklePart[]): Buffer {
  const bytes = parts.map((part) => {
    if (typeof part === "string") return Buffer.from(part, "latin1");
    return typeof part === "number" ? Buffer.of(part) : part;
  });
  return Buffer.concat([Buffer.of(0x80, 2), ...bytes, Buffer.from(".")]);
}

/** The opcode for a text. */
export function text(value: string): Buffer {
  return Buffer.concat([Buffer.from("X"), little(4, Buffer.byteLength(value)), Buffer.from(value)]);
}

/** The opcode for a whole number of 8 bytes. */
export function integer(value: bigint): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.write("\x8a\x08", "latin1");
  bytes.writeBigInt64LE(value, 2);
  return bytes;
}

/** Numbers of a tensor as a pickle says them. */
export interface SaidTensor {
  readonly type?: string;
  readonly key?: string;
  readonly length?: bigint;
  readonly first?: bigint;
  readonly shape?: readonly bigint[];
  readonly strides?: readonly bigint[];
}

/** Opcodes that build a tensor of 4 float32 in the storage `0`, unless said otherwise. */
export function tensorOf(said: SaidTensor = {}): Buffer {
  const { type = "torch FloatStorage", key = "0", length = 4n, first = 0n, shape = [4n], strides = [1n] } = said;
  const tuple = (numbers: readonly bigint[]) =>
    Buffer.concat([Buffer.from("("), ...numbers.map(integer), Buffer.from("t")]);
  const [module, word] = type.split(" ");
  return Buffer.concat([
    Buffer.from("ctorch._utils\n_rebuild_tensor_v2\n(("),
    ...[
      text("storage"),
      Buffer.from(`c${module}\n${word}\n`),
      text(key),
      text("cpu"),
      integer(length),
      Buffer.from("tQ"),
    ],
    ...[integer(first), tuple(shape), tuple(strides)],
    Buffer.from("\x89ccollections\nOrderedDict\n)RtR", "latin1"),
  ]);
}

/** A checkpoint with this pickle and one storage of the float32 0 to 3. */
export function checkpointOf(pickle: Uint8Array, others: readonly ZipFile[] = []): Buffer {
  const numbers = new Uint8Array(Float32Array.of(0, 1, 2, 3).buffer);
  return zipOf([{ name: "archive/data.pkl", data: pickle }, { name: "archive/data/0", data: numbers }, ...others]);
}

/** Bytes in memory as a file. */
export function fileOf(bytes: Uint8Array, path = "model.pt"): RangedFile {
  return {
    path,
    byteLength: bytes.byteLength,
    async read(offset, length) {
      if (offset + length > bytes.byteLength) throw damaged(path, "a longer file", bytes.byteLength);
      return Uint8Array.from(bytes.subarray(offset, offset + length));
    },
  };
}
