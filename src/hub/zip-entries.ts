// The entries of a zip file and where their bytes lie, read from the directory at the file's end: the file is never
// read whole. Format (PKWARE's APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.5.3): a directory row is 46 bytes
// ("PK\1\2"), name, extra fields, comment; sizes of all ones stand in the extra field 1 (zip64). It points at a local
// header of 30 bytes ("PK\3\4"), name, extra fields of another length, and then the data. Only entries stored without
// compression are accepted: nothing is ever unpacked.

import { ByteCursor } from "./byte-cursor.ts";
import { damaged } from "./checkpoint-faults.ts";
import type { RangedFile } from "./ranged-file.ts";
import { zipDirectory } from "./zip-end.ts";

/** One file in a zip. */
export interface ZipEntry {
  readonly name: string;
  /** First byte of its data, counted from the beginning of the zip. */
  readonly offset: number;
  readonly byteLength: number;
  /** Checksum of the data; 0 where the writer was told not to compute one (PyTorch's `set_crc32_options(False)`). */
  readonly crc32: number;
}

interface DirectoryRow extends Omit<ZipEntry, "offset"> {
  /** First byte of the local header. */
  readonly header: number;
}

const rowBytes = 46;
const headerBytes = 30;
/** Far above any checkpoint (a tensor is an entry, large models have thousands), and what bounds memory and time. */
const mostEntries = 40_000;
const longestDirectory = 2 ** 25;

/**
 * Reads which files a zip holds, in the order of their bytes.
 *
 * @throws CorruptFile where the zip is damaged, an entry is compressed or encrypted, a name leads out of the archive or
 *   comes twice, or data overlap or lie outside the file
 */
export async function zipEntries(file: RangedFile): Promise<Map<string, ZipEntry>> {
  const directory = await zipDirectory(file);
  const { offset, byteLength, count } = directory;
  if (count > mostEntries || count * rowBytes > byteLength || byteLength > longestDirectory) {
    const expected = `a zip of at most ${mostEntries} entries in a directory that has room for them`;
    throw damaged(file.path, expected, `${count} entries in ${byteLength} bytes`);
  }
  const rows = parseDirectory(file.path, await file.read(offset, byteLength), count);
  const entries = new Map<string, ZipEntry>();
  let end = 0;
  for (const row of rows) {
    if (row.header < end) throw damaged(file.path, `${row.name} to begin at byte ${end} or later`, row.header);
    const entry = await located(file, row);
    end = entry.offset + entry.byteLength;
    if (end > offset) throw damaged(file.path, `${row.name} to end before byte ${offset}`, end);
    if (entries.has(row.name)) throw damaged(file.path, "names that differ", `${row.name} twice`);
    entries.set(row.name, entry);
  }
  return entries;
}

function parseDirectory(path: string, bytes: Uint8Array, count: number): DirectoryRow[] {
  const cursor = new ByteCursor(bytes, `${path}, zip directory`);
  const rows = Array.from({ length: count }, () => parseRow(path, cursor));
  if (cursor.left > 0) throw cursor.fault(`${count} entries`, `${cursor.left} more bytes`);
  return rows.sort((a, b) => a.header - b.header);
}

function parseRow(path: string, cursor: ByteCursor): DirectoryRow {
  if (cursor.uint32() !== 0x02014b50) throw cursor.fault("an entry of the zip's directory", "other bytes");
  cursor.take(4); // versions of the writer and of the reader needed
  const flags = cursor.uint16();
  const method = cursor.uint16();
  cursor.take(4); // time and date
  const crc32 = cursor.uint32();
  const packed = cursor.uint32();
  const byteLength = cursor.uint32();
  const [nameLength, extraLength, commentLength] = [cursor.uint16(), cursor.uint16(), cursor.uint16()];
  const disk = cursor.uint16();
  cursor.take(6); // attributes
  const header = cursor.uint32();
  const name = checkedName(cursor, cursor.text(nameLength));
  checkStored(cursor, name, { method, flags, disk });
  const wide = new ByteCursor(zip64Field(path, cursor.take(extraLength)), `${path}, zip64 sizes of ${name}`);
  cursor.take(commentLength);
  const widened = (value: number) => (value === 0xffffffff ? wide.size() : value);
  const sizes = { byteLength: widened(byteLength), packed: widened(packed), header: widened(header) };
  if (sizes.packed !== sizes.byteLength) throw cursor.fault(`${name} of one size`, `${packed} and ${byteLength} bytes`);
  return { name, crc32, byteLength: sizes.byteLength, header: sizes.header };
}

/** Names are only looked up, never used as paths; one that leads out of the archive still shows what the file is. */
function checkedName(cursor: ByteCursor, name: string): string {
  const absolute = name === "" || name.startsWith("/") || /^[a-z]:/i.test(name);
  if (!absolute && !/[\\\0]/.test(name) && !name.split("/").includes("..")) return name;
  throw cursor.fault("names of files inside the archive", name, "do not use this file: it was made to write elsewhere");
}

interface Storage {
  readonly method: number;
  readonly flags: number;
  readonly disk: number;
}

// Flags of encryption: bit 0 of the data, bit 6 strong, bit 13 of the directory.
const encrypted = 0x0001 | 0x0040 | 0x2000;

function checkStored(cursor: ByteCursor, name: string, { method, flags, disk }: Storage): void {
  if ((flags & encrypted) !== 0) throw cursor.fault(`${name} to be readable`, "an encrypted entry");
  if (disk !== 0) throw cursor.fault("a zip in one file", "a part of several");
  if (method === 0) return;
  const remedy = "torch.save never compresses: unpack and load it with PyTorch if you trust it, and save it again";
  const received = method === 8 ? "one compressed by deflate" : `one compressed by method ${method}`;
  throw cursor.fault(`${name} to be stored without compression`, received, remedy);
}

/** The sizes of 8 bytes among the extra fields, each of which is: kind, length, bytes. */
function zip64Field(path: string, extra: Uint8Array): Uint8Array {
  const fields = new ByteCursor(extra, `${path}, extra fields of a zip entry`);
  while (fields.left >= 4) {
    const kind = fields.uint16();
    const field = fields.take(fields.uint16());
    if (kind === 1) return field;
  }
  return new Uint8Array();
}

async function located(file: RangedFile, row: DirectoryRow): Promise<ZipEntry> {
  const { name, header, byteLength, crc32 } = row;
  const nameBytes = new TextEncoder().encode(name);
  const cursor = new ByteCursor(await file.read(header, headerBytes + nameBytes.length), `${file.path}, ${name}`);
  if (cursor.uint32() !== 0x04034b50) throw cursor.fault("the header of an entry", "other bytes");
  cursor.take(22); // repeats the directory, or leaves it open where the writer did not know sizes yet
  const [nameLength, extraLength] = [cursor.uint16(), cursor.uint16()];
  if (nameLength !== nameBytes.length || cursor.text(nameLength) !== name) {
    throw cursor.fault(`the name ${name} in the entry's header too`, "another name");
  }
  return { name, offset: header + headerBytes + nameLength + extraLength, byteLength, crc32 };
}
