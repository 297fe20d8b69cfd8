// Claims: pictures of plain colours are told apart by a head on a tiny model; the head is opened with its model;
// another model, a folder without classes and broken pictures are told; a model that brought its head classifies as
// transformers does.

import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { randomStream } from "../../random/index.ts";
import { commands } from "../verbs.ts";
import { type Told, told } from "../world.fixture.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const goldens = fileURLToPath(new URL("../../../test/goldens/hf-ijepa-tiny", import.meta.url));
let folder = "";
const at = (...parts: string[]): string => join(folder, ...parts);

/** A noisy picture of one colour. */
async function draw(path: string, colour: number, seed: number): Promise<void> {
  const random = randomStream(seed, "picture", colour);
  const raw = Buffer.from(
    Array.from({ length: 24 * 24 * 3 }, (_, i) => (i % 3 === colour ? 150 : 30) + random.integer(90)),
  );
  await sharp(raw, { raw: { width: 24, height: 24, channels: 3 } })
    .png()
    .toFile(path);
}

const classify = (...words: string[]): Promise<Told> =>
  told(["classify", ...words, "--threads", "1"], commands, { environment: { JEPA_CACHE: at("cache") } });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "jepa classify "));
  cpSync(join(goldens, "model"), at("model"), { recursive: true });
  for (const [colour, name] of ["red", "green", "blue"].entries()) {
    mkdirSync(at("pictures", name), { recursive: true });
    for (let i = 0; i < 8; i++) await draw(at("pictures", name, `${i}.png`), colour, i);
  }
  mkdirSync(at("unseen"));
  await draw(at("unseen", "a.png"), 2, 100);
  await draw(at("unseen", "b.png"), 0, 100);
  writeFileSync(at("unseen", "broken.jpg"), "not a picture");
  writeFileSync(at("pictures", "red", "broken.png"), "not a picture");
  expect(await classify("train", at("pictures"), "--model", at("model"), "--to", at("head"))).toMatchObject({
    code: 0,
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("training tells accuracy, floor, calibration and reliability, names what it skipped, and keeps nothing in the cache", async () => {
  const { code, out, err } = await classify("train", at("pictures"), "--model", at("model"), "--to", at("again"));
  expect(code).toBe(0);
  expect(out).toMatch(
    /^accuracy 100.0% \(95% interval 86.2% to 100.0%\) on pictures not fitted on: 24 of 3 classes, 5 folds\n/,
  );
  expect(out).toMatch(/always the commonest class: 33.3%\ncalibration error [\d.]+% as fitted, [\d.]+% calibrated/);
  expect(out).toMatch(/probability +pictures +mean +right\n/);
  expect(err).toContain("broken.png is skipped");
  expect(readdirSync(at("again")).toSorted()).toEqual(["head.json", "head.safetensors", "reliability.png"]);
  expect(() => readdirSync(at("cache"))).toThrow();
  expect(readFileSync(at("again", "head.safetensors"))).toEqual(readFileSync(at("head", "head.safetensors")));
});

test("the head names the classes of pictures that it has never seen, with its own model", async () => {
  const { code, out, err } = await classify(at("unseen"), "--with", at("head"), "--top", "2");
  expect([code, out.split("\n").length]).toEqual([0, 4]);
  expect(out).toMatch(/^picture +class +probability +next\n/);
  expect(out).toMatch(/a\.png +blue +\d\d\.\d% +(red|green) \d+\.\d%\n.*b\.png +red +\d\d\.\d%/);
  expect(err).toContain("broken.jpg is skipped");
});

test("--json gives the same as data, probabilities of all classes adding up to 1", async () => {
  const { out } = await classify(at("unseen"), "--with", at("head"), "--model", at("model"), "--json");
  const { pictures, skipped, model } = JSON.parse(out);
  expect([pictures.length, skipped.length, model]).toEqual([2, 1, at("model")]);
  expect(pictures[0].guesses[0].class).toBe("blue");
  const sum = pictures[0].guesses.reduce(
    (all: number, { probability }: { probability: number }) => all + probability,
    0,
  );
  expect(sum).toBeCloseTo(1, 12);
});

test("exported with its model, the head gives the same probabilities", async () => {
  const exported = (model: string) =>
    told(["export", model, "--with", at("head"), "--to", at("classifier")], commands, { environment: {} });
  expect(await exported(join(goldens, "model-eps"))).toMatchObject({
    code: 2,
    err: expect.stringContaining("a head for the model that is written"),
  });
  expect(await exported(at("model"))).toMatchObject({
    code: 0,
    out: expect.stringContaining("with a head of 3 classes"),
  });
  const guesses = async (...words: string[]) => {
    const { pictures } = JSON.parse((await classify(at("unseen"), ...words, "--json")).out);
    return pictures.map((picture: { guesses: unknown }) => picture.guesses);
  };
  const [own, theirs] = [await guesses("--with", at("head")), await guesses("--with", at("classifier"))];
  for (const [i, guess] of theirs.flat().entries()) {
    expect(guess.class).toBe(own.flat()[i].class);
    expect(guess.probability).toBeCloseTo(own.flat()[i].probability, 6);
  }
  expect(readFileSync(at("classifier", "README.md"), "utf8")).toContain("pipeline_tag: image-classification");
});

test("pictures by another model, or by its own after a change, are refused", async () => {
  const other = await classify(at("unseen"), "--with", at("head"), "--model", join(goldens, "model-eps"));
  expect([other.code, other.out]).toEqual([2, ""]);
  expect(other.err).toContain("expected the model that the head was trained with");
});

test("an existing head is refused without --force, a folder that is none even with it", async () => {
  const train = (...words: string[]) => classify("train", at("pictures"), "--model", at("model"), ...words);
  expect(await train("--to", at("head"))).toMatchObject({ code: 2, err: expect.stringContaining("--force") });
  expect(await train("--to", at("unseen"), "--force")).toMatchObject({ code: 2 });
  expect(await train("--to", at("again"), "--force", "--seed", "1")).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(at("again", "head.json"), "utf8")).seed).toBe(1);
});

test("too few pictures or classes, and pictures outside of classes, are told by name and write nothing", async () => {
  const failing = async (source: string) => {
    const { code, err } = await classify("train", source, "--model", at("model"), "--to", at("none"));
    expect(code).toBe(2);
    expect(() => readdirSync(at("none"))).toThrow();
    return err;
  };
  cpSync(at("pictures"), at("few"), { recursive: true });
  mkdirSync(at("few", "rare"));
  copyFileSync(at("unseen", "a.png"), at("few", "rare", "a.png"));
  expect(await failing(at("few"))).toContain("received rare has 1");
  writeFileSync(at("few", "rare", "broken.png"), "not a picture");
  expect(await failing(at("few"))).toContain("received rare has 1");
  mkdirSync(at("one"));
  cpSync(at("pictures", "blue"), at("one", "blue"), { recursive: true });
  expect(await failing(at("one"))).toContain("received one class, blue");
  expect(await failing(at("unseen"))).toContain("which lies in none");
  expect(await failing(at("missing"))).toContain("missing");
});

test("of a folder with parts the training part is learned from", async () => {
  for (const part of ["train", "test"]) cpSync(at("pictures"), at("parted", part), { recursive: true });
  const { out, err } = await classify(
    "train",
    at("parted"),
    "--model",
    at("model"),
    "--to",
    at("parted-head"),
    "--json",
  );
  expect(JSON.parse(out)).toMatchObject({ classes: ["blue", "green", "red"], pictures: [8, 8, 8] });
  expect(err).toContain("learned from the training part");
});

test("pictures that are all broken, a missing head and a model without one are misuse", async () => {
  expect(await classify(at("unseen", "broken.jpg"), "--with", at("head"))).toMatchObject({ code: 2, out: "" });
  expect(await classify(at("unseen"))).toMatchObject({ code: 2, err: expect.stringContaining("--with") });
  const missing = await classify(at("unseen"), "--with", at("my-hed"));
  expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("which does not exist") });
  const headless = await classify(at("unseen"), "--with", at("model"));
  expect(headless).toMatchObject({ code: 2, err: expect.stringContaining("a model without one") });
});

test("a model directory with a classification head classifies by it", async () => {
  const { code, out } = await classify(at("unseen"), "--with", join(goldens, "classifier"), "--json", "--top", "10");
  expect(code).toBe(0);
  const [{ guesses }] = JSON.parse(out).pictures;
  expect(guesses.map((guess: { class: string }) => guess.class).toSorted()).toEqual(
    Array.from({ length: 10 }, (_, i) => `class_${i}`),
  );
  const both = await classify(at("unseen"), "--with", join(goldens, "classifier"), "--model", at("model"));
  expect(both).toMatchObject({ code: 2, err: expect.stringContaining("leave --model out") });
});
