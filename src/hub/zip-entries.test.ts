// What a zip's directory may say, and what it may not.
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { CorruptFile } from "../errors/index.ts";
import { fileOf, type ZipEndLies, type ZipFile, zipOf } from "./checkpoint.fixture.ts";
import { type RangedFile, withRangedFile } from "./ranged-file.ts";
import { zipEntries } from "./zip-entries.ts";

/** Bytes of the zip64 record, its locator and the end record. */
const endRecords = 56 + 20 + 22;

const file = (name: string, content = "content", lies: Partial<ZipFile> = {}): ZipFile => ({
  name,
  data: Buffer.from(content),
  ...lies,
});

async function refusal(bytes: Uint8Array): Promise<string> {
  const fault = await zipEntries(fileOf(bytes)).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(CorruptFile);
  return fault instanceof CorruptFile ? fault.message : "";
}

describe("zipEntries", () => {
  it.each([false, true])("says where the bytes of each file lie (zip64: %s)", async (wide) => {
    const bytes = zipOf([file("a/one", "first"), file("a/größe", "second"), file("a/empty", "")], {}, wide);
    const entries = await zipEntries(fileOf(bytes));
    const contents = [...entries.values()].map(({ name, offset, byteLength }) => [
      name,
      bytes.toString("utf8", offset, offset + byteLength),
    ]);
    expect(contents).toEqual([
      ["a/one", "first"],
      ["a/größe", "second"],
      ["a/empty", ""],
    ]);
  });

  it("finds the directory before a comment", async () => {
    const bytes = Buffer.concat([zipOf([file("a")]), Buffer.from("comment")]);
    bytes.writeUInt16LE(7, bytes.length - 9);
    expect([...(await zipEntries(fileOf(bytes))).keys()]).toEqual(["a"]);
  });

  it("refuses a compressed file without unpacking it", async () => {
    const bomb = deflateRawSync(Buffer.alloc(2 ** 24));
    const bytes = zipOf([{ name: "archive/data.pkl", data: bomb, method: 8, byteLength: 2 ** 24 }]);
    expect(await refusal(bytes)).toMatch(
      /data\.pkl to be stored without compression, received one compressed by deflate/,
    );
  });

  it.each(["../../up/data.pkl", "a/../b", "/etc/passwd", "C:/windows", "a\\b", "a\0b", ""])(
    "refuses the name %j, which leads out of the archive",
    async (name) => expect(await refusal(zipOf([file(name)]))).toMatch(/names of files inside the archive/),
  );

  it.each<[string, Partial<ZipFile>, RegExp]>([
    ["encrypted", { flags: 0x801 }, /an encrypted entry/],
    ["longer than the file", { byteLength: 2 ** 30 }, /second to end before byte/],
    ["that lies beyond the file", { header: 2 ** 30 }, /model\.pt: expected a longer file/],
    ["that lies in the directory", { header: 100 }, /expected the header of an entry, received other bytes/],
    ["that lies in another", { header: 0 }, /to begin at byte \d+ or later, received 0/],
    ["of another name at its place", { localName: "socond" }, /the name second in the entry's header too/],
    ["named like another", { name: "first", localName: "first" }, /names that differ, received first twice/],
  ])("refuses an entry %s", async (_, lies, message) => {
    expect(await refusal(zipOf([file("first"), file("second", "content", lies)]))).toMatch(message);
  });

  it("refuses an entry that reaches into the next", async () => {
    const bytes = zipOf([file("first", "content", { byteLength: 20 }), file("second", "more content")]);
    expect(await refusal(bytes)).toMatch(/second to begin at byte \d+ or later/);
  });

  it.each<[string, ZipEndLies, RegExp]>([
    ["more entries than it has", { count: 2 }, /2 entries in 51 bytes/],
    ["fewer entries than it has", { count: 0 }, /expected 0 entries, received 51 more bytes/],
    ["a longer directory", { byteLength: 60 }, /a zip directory that ends at byte/],
    ["a directory beyond the file", { offset: 2 ** 31 }, /a zip directory that ends at byte/],
    ["that it is a part of several", { disk: 1 }, /a zip in one file/],
  ])("refuses a zip that says it has %s", async (_, lies, message) => {
    expect(await refusal(zipOf([file("a/one")], lies))).toMatch(message);
    expect(await refusal(zipOf([file("a/one")], lies, true))).toMatch(/expected/);
  });

  it("refuses a directory of an absurd number of entries before it reads it", async () => {
    const [count, byteLength] = [200_000, 46 * 200_000];
    const end = zipOf([], { count, byteLength, offset: 0 }, true);
    end.writeBigUInt64LE(BigInt(byteLength), 56 + 8); // the zip64 record lies behind the directory
    const file = fileOf(Buffer.concat([Buffer.alloc(byteLength), end]));
    const lengths: number[] = [];
    const watched: RangedFile = {
      ...file,
      read(offset, length) {
        lengths.push(length);
        return file.read(offset, length);
      },
    };
    await expect(zipEntries(watched)).rejects.toThrow(/at most 40000 entries.*received 200000 entries/);
    expect(Math.max(...lengths)).toBeLessThan(2 ** 17);
  });

  it("refuses end records that disagree", async () => {
    const bytes = zipOf([file("a")], {}, true);
    bytes.writeUInt32LE(5, bytes.length - 6);
    expect(await refusal(bytes)).toMatch(/one directory in the zip, received two end records that disagree/);
  });

  it.each([false, true])("refuses a file cut off anywhere (zip64: %s)", async (wide) => {
    const bytes = zipOf([file("a/one"), file("a/two")], {}, wide);
    for (let length = 0; length < bytes.length; length++) await refusal(bytes.subarray(0, length));
  });
});

describe("a file of 5 GiB", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "jepa zip "));
  });
  afterAll(() => rm(folder, { recursive: true }));

  // The hole takes no room on the disk where the file system has sparse files; Windows would write it out.
  test.skipIf(process.platform === "win32")("is read by its end alone", async () => {
    const path = join(folder, "large.pt");
    const hole = 5 * 2 ** 30;
    const first = 30 + "a/large".length;
    const second = hole + first;
    const files = [file("a/large", "", { byteLength: hole }), file("a/last", "last", { header: second })];
    const zip = zipOf(files, {}, true);
    const record = zip.length - endRecords;
    const move = (place: number) => zip.writeBigUInt64LE(zip.readBigUInt64LE(place) + BigInt(hole), place);
    move(record + 48); // where the directory is
    move(record + 56 + 8); // where the zip64 record is
    await writeFile(path, zip.subarray(0, first));
    const handle = await open(path, "r+");
    await handle.write(zip, first, zip.length - first, second);
    await handle.close();
    const entries = await withRangedFile(path, zipEntries);
    expect(entries.get("a/large")).toMatchObject({ offset: first, byteLength: hole });
    expect(entries.get("a/last")).toMatchObject({ offset: second + 30 + "a/last".length, byteLength: 4 });
  });
});
