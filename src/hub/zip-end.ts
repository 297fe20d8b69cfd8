// The end of a zip file, which says where its directory lies (PKWARE's APPNOTE 6.3.10, sections 4.3.14 to 4.3.16).
// Format: the directory; in zip64 a record of 8-byte sizes ("PK\6\6") and 20 bytes that locate it ("PK\6\7"); then the
// end record ("PK\5\6", 22 bytes and a comment), whose sizes are all ones where only the zip64 record has room for
// them. Readers that take different records for the true one see different files: here all that are there must agree.

import { ByteCursor } from "./byte-cursor.ts";
import { damaged } from "./checkpoint-faults.ts";
import type { RangedFile } from "./ranged-file.ts";

/** Where the directory of a zip lies, in bytes of the file, and how many entries it lists. */
export interface ZipDirectory {
  readonly offset: number;
  readonly byteLength: number;
  readonly count: number;
}

/** A directory as a record describes it, and where that record begins: the directory must end there. */
interface EndRecord extends ZipDirectory {
  readonly begin: number;
}

const endBytes = 22;
const locatorBytes = 20;
const longestComment = 0xffff;

/**
 * Finds the directory of a zip from the file's last bytes.
 *
 * @throws CorruptFile where there is none (a file cut off has lost it), where the zip spans several files, and where
 *   records disagree
 */
export async function zipDirectory(file: RangedFile): Promise<ZipDirectory> {
  const end = await endRecord(file);
  const record = await wideRecord(file, end);
  if (record.offset + record.byteLength !== record.begin) {
    const received = `${record.byteLength} bytes from ${record.offset}`;
    throw damaged(file.path, `a zip directory that ends at byte ${record.begin}`, received);
  }
  return record;
}

async function endRecord(file: RangedFile): Promise<EndRecord> {
  const length = Math.min(file.byteLength, endBytes + longestComment);
  const tail = await file.read(file.byteLength - length, length);
  const view = new DataView(tail.buffer);
  for (let place = length - endBytes; place >= 0; place--) {
    const comment = length - endBytes - place;
    if (view.getUint32(place, true) !== 0x06054b50 || view.getUint16(place + 20, true) !== comment) continue;
    return parseEnd(new ByteCursor(tail.subarray(place + 4), file.path), file.byteLength - length + place);
  }
  throw damaged(file.path, "a zip file with a directory at its end", "a file that is cut off, or none");
}

function parseEnd(cursor: ByteCursor, begin: number): EndRecord {
  checkOneFile(cursor, cursor.uint16(), cursor.uint16());
  const here = cursor.uint16();
  const count = cursor.uint16();
  if (here !== count) throw cursor.fault("a zip in one file", `${here} of ${count} entries in this one`);
  return { begin, count, byteLength: cursor.uint32(), offset: cursor.uint32() };
}

/** The zip64 record where there is one, else the end record itself. */
async function wideRecord(file: RangedFile, end: EndRecord): Promise<EndRecord> {
  const locator = end.begin - locatorBytes;
  const cursor = locator < 0 ? undefined : new ByteCursor(await file.read(locator, locatorBytes), file.path);
  if (cursor?.uint32() !== 0x07064b50) return end;
  const disk = cursor.uint32();
  const begin = cursor.size();
  checkOneFile(cursor, disk, cursor.uint32() - 1);
  if (begin + 56 > locator) throw damaged(file.path, `a zip64 record that ends at byte ${locator}`, begin);
  const record = parseWide(new ByteCursor(await file.read(begin, 56), file.path), begin, locator);
  checkAgreement(file.path, end, record);
  return record;
}

function parseWide(cursor: ByteCursor, begin: number, locator: number): EndRecord {
  if (cursor.uint32() !== 0x06064b50) throw cursor.fault("a zip64 record", "other bytes");
  const end = begin + 12 + cursor.size();
  if (end !== locator) throw cursor.fault(`a zip64 record that ends at byte ${locator}`, end);
  cursor.take(4); // versions of the writer
  checkOneFile(cursor, cursor.uint32(), cursor.uint32());
  const here = cursor.size();
  const count = cursor.size();
  if (here !== count) throw cursor.fault("a zip in one file", `${here} of ${count} entries in this one`);
  return { begin, count, byteLength: cursor.size(), offset: cursor.size() };
}

function checkOneFile(cursor: ByteCursor, ...disks: readonly number[]): void {
  if (disks.some((disk) => disk !== 0)) throw cursor.fault("a zip in one file", "a part of several");
}

/** Fields of the end record are those of the zip64 record, or all ones. */
function checkAgreement(path: string, end: EndRecord, wide: EndRecord): void {
  const agree =
    (end.count === 0xffff || end.count === wide.count) &&
    (end.byteLength === 0xffffffff || end.byteLength === wide.byteLength) &&
    (end.offset === 0xffffffff || end.offset === wide.offset);
  if (!agree) throw damaged(path, "one directory in the zip", "two end records that disagree");
}
