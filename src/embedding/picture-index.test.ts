// Claims: an index grows, embeds again what changed and forgets what vanished; its vectors are those of the encoder, of
// length 1; a stopped update goes on where it was; another model, another folder and damaged files are refused with
// what to do.

import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { CorruptFile, Interrupted, UserError } from "../errors/index.ts";
import type { Encoder } from "./encoder.ts";
import { openIndex } from "./index-files.ts";
import { type IndexPicturesOptions, type IndexUpdate, indexPictures } from "./picture-index.ts";
import { openTiny, writePicture, writePictures, writeTinyModel } from "./pictures.fixture.ts";

let home = "";
let encoder: Encoder;
let other: Encoder;
/** New for each test. */
let at = "";

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "jepa index "));
  await writeTinyModel(join(home, "model"), 1);
  await writeTinyModel(join(home, "other"), 2);
  encoder = await openTiny(join(home, "model"));
  other = await openTiny(join(home, "other"));
});
beforeEach(async () => {
  at = await mkdtemp(join(home, "test-"));
  await writePictures(join(at, "photos"), 5);
});
afterAll(async () => {
  await encoder.close();
  await other.close();
  await rm(home, { recursive: true, force: true });
});

function update(options: Partial<IndexPicturesOptions> & { with?: Encoder; words?: string[] } = {}) {
  const { with: using = encoder, words = [join(at, "photos")], ...rest } = options;
  const opening = { source: join(home, "model"), runs: "runs" };
  return indexPictures(using, words, { folder: join(at, "index"), opening, force: false, ...rest });
}

const counts = ({ added, changed, removed, skipped, total }: IndexUpdate) => {
  return [added, changed, removed, skipped.length, total];
};

test("rows are the encoder's vectors divided by their lengths, in byte order of the paths", async () => {
  expect(counts(await update())).toEqual([5, 0, 0, 0, 5]);
  const index = await openIndex(join(at, "index"));
  const paths = index.pictures.map(({ path }) => path);
  expect(paths).toEqual([0, 1, 2, 3, 4].map((i) => join(at, "photos", `${i}.png`)));
  const embedded = await encoder.embed(paths);
  for (const [row, { pooled }] of embedded.entries()) {
    const length = Math.hypot(...pooled);
    for (const [j, value] of pooled.entries()) expect(index.vectors[row * 8 + j]).toBeCloseTo(value / length, 5);
  }
  expect(index.opening.source).toBe(join(home, "model"));
});

test("an update embeds what is new or changed, forgets what vanished and leaves the rest as it is", async () => {
  await update();
  const before = await openIndex(join(at, "index"));
  await writePicture(join(at, "photos/more/5.png"), 5);
  await writePicture(join(at, "photos/1.png"), 71);
  await utimes(join(at, "photos/1.png"), 1, 1);
  await rm(join(at, "photos/3.png"));
  const seen: number[][] = [];
  const done = await update({ onProgress: (...progress) => seen.push(progress) });
  expect(counts(done)).toEqual([1, 1, 1, 0, 5]);
  expect(seen.at(-1)).toEqual([2, 2, 0]);
  const after = await openIndex(join(at, "index"));
  expect(after.vectors.slice(0, 8)).toEqual(before.vectors.slice(0, 8));
  expect(after.vectors.slice(8, 16)).not.toEqual(before.vectors.slice(8, 16));
  expect((await readdir(join(at, "index"))).filter((name) => name.endsWith(".npy"))).toHaveLength(1);
});

test("other pictures are added to those that are there; nothing to do changes nothing", async () => {
  await update();
  await writePicture(join(at, "elsewhere/a.png"), 9);
  expect(counts(await update({ words: [join(at, "elsewhere/a.png")] }))).toEqual([1, 0, 0, 0, 6]);
  const files = await readdir(join(at, "index"));
  expect(counts(await update())).toEqual([0, 0, 0, 0, 6]);
  expect(await readdir(join(at, "index"))).toEqual(files);
});

test("an index may become empty, and grow again", async () => {
  await update();
  for (let i = 0; i < 5; i++) await rm(join(at, `photos/${i}.png`));
  expect(counts(await update())).toEqual([0, 0, 5, 0, 0]);
  await writePictures(join(at, "photos"), 2);
  expect(counts(await update())).toEqual([2, 0, 0, 0, 2]);
});

test("a picture that cannot be read is told once, and looked at again when it has changed", async () => {
  await writeFile(join(at, "photos/broken.png"), "no picture");
  const told: string[] = [];
  const onSkipped = ({ path }: { path: string }) => told.push(path);
  expect(counts(await update({ onSkipped }))).toEqual([5, 0, 0, 1, 5]);
  expect(counts(await update({ onSkipped }))).toEqual([0, 0, 0, 1, 5]);
  expect(told).toEqual([join(at, "photos/broken.png")]);
  await writePicture(join(at, "photos/broken.png"), 8);
  expect(counts(await update({ onSkipped }))).toEqual([1, 0, 0, 0, 6]);
});

test("a stopped update goes on where it was, and ends with the same vectors", async () => {
  const many = encoder.batch + 3;
  await writePictures(join(at, "photos"), many);
  const stop = new AbortController();
  const onProgress = () => stop.abort();
  await expect(update({ signal: stop.signal, onProgress })).rejects.toThrow(Interrupted);
  const seen: number[][] = [];
  const done = await update({ onProgress: (...progress) => seen.push(progress) });
  expect(seen).toEqual([[many, many, encoder.batch]]);
  expect(done.total).toBe(many);
  const resumed = await openIndex(join(at, "index"));
  await update({ folder: join(at, "whole") });
  expect(resumed.vectors).toEqual((await openIndex(join(at, "whole"))).vectors);
});

test("another model is refused, unless the index is to be made anew", async () => {
  await update();
  const refused = await update({ with: other }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UserError);
  expect(refused).toMatchObject({ exitCode: 2, remedy: expect.stringMatching(/--force.*--in/) });
  expect(counts(await update({ with: other, force: true }))).toEqual([5, 0, 0, 0, 5]);
  expect((await openIndex(join(at, "index"))).model.fingerprint).toBe(other.model.fingerprint);
});

test("what is no index is refused: a folder of other files, a path that is not there, pictures that cannot be read", async () => {
  await expect(update({ folder: join(at, "photos") })).rejects.toThrow(/holds other files \(0\.png\)/);
  await expect(update({ words: [join(at, "nowhere")] })).rejects.toThrow(/does not exist/);
  await mkdir(join(at, "none"));
  await expect(update({ words: [join(at, "none")] })).rejects.toThrow(/received none/);
  await writeFile(join(at, "none/a.png"), "no picture");
  await expect(update({ words: [join(at, "none")] })).rejects.toThrow(/1 that cannot/);
  expect(await readdir(at)).toEqual(["none", "photos"]);
  await expect(openIndex(join(at, "nowhere"))).rejects.toThrow(/expected an index of pictures.*jepa index/);
});

const listing = "jepa-index.json";
test.each([
  ["a listing that is no JSON", listing, () => "{"],
  ["a listing of another version", listing, (text: string) => text.replace("jepa-index-1", "jepa-index-9")],
  ["a listing without its last picture", listing, (text: string) => text.replace(/,\s*\{[^{}]*4\.png[^{}]*\}/, "")],
  ["vectors that were cut off", ".npy", (text: string) => text.slice(0, -4)],
  ["vectors with another bit", ".npy", (text: string) => `${text.slice(0, -4)}abcd`],
])("%s is told as a damaged file with a remedy", async (_, ending, damage) => {
  await update();
  const name = (await readdir(join(at, "index"))).find((each) => each.endsWith(ending)) ?? "";
  const path = join(at, "index", name);
  await writeFile(path, damage(await readFile(path, "latin1")), "latin1");
  const told = await openIndex(join(at, "index")).catch((error: unknown) => error);
  expect(told).toBeInstanceOf(CorruptFile);
  expect(told).toMatchObject({ remedy: expect.stringContaining("--force") });
  expect(counts(await update({ force: true }))).toEqual([5, 0, 0, 0, 5]);
});

test("vectors that are gone are told as damage", async () => {
  await update();
  const name = (await readdir(join(at, "index"))).find((each) => each.endsWith(".npy")) ?? "";
  await rm(join(at, "index", name));
  await expect(openIndex(join(at, "index"))).rejects.toThrow(CorruptFile);
});
