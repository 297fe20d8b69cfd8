import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Interrupted, UserError } from "../errors/index.ts";
import { decodeWhole } from "./decode.ts";
import { type FolderPictures, openFolder } from "./folder.ts";
import type { FolderOptions } from "./folder-preparation.ts";
import { openPixels, sizeOf } from "./pixels.ts";
import type { DataProgress } from "./progress.ts";

let home: string;
let root: string;
let options: FolderOptions;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "jepa folder "));
  root = join(home, "pictures");
  await mkdir(root);
  options = { environment: { JEPA_CACHE: join(home, "cache") } };
});
afterEach(() => rm(home, { recursive: true }));

type Colour = readonly [number, number, number];
const red: Colour = [255, 0, 0];
const green: Colour = [0, 255, 0];
const blue: Colour = [0, 0, 255];
const yellow: Colour = [255, 255, 0];

/** A picture whose left half has one colour and whose right half another. */
function halves(left: Colour, right: Colour, width = 16, height = 8): Sharp {
  const row = Array.from({ length: width }, (_, x) => (x < width / 2 ? left : right)).flat();
  const pixels = Buffer.from(Array.from({ length: height }, () => row).flat());
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

async function add(path: string, picture: Sharp | string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), typeof picture === "string" ? picture : await picture.png().toBuffer());
}

/** The colour in the middle of the left and of the right half of picture `index`. */
async function coloursOf({ source }: FolderPictures, index: number): Promise<number[][]> {
  const { width, height } = sizeOf(source, index);
  const reader = openPixels(source);
  const into = new Uint8Array(8 * 8 * 3);
  await reader.square(index, { left: 0, top: 0, width, height }, 8, into);
  reader.close();
  return [1, 6].map((column) => [...into.subarray((4 * 8 + column) * 3, (4 * 8 + column) * 3 + 3)]);
}

describe("openFolder finds", () => {
  it("the pictures of a flat folder in the order of their names, without labels, whole in both parts", async () => {
    await add("b.png", halves(green, green));
    await add("a.png", halves(red, red));
    await add("notes.txt", "no picture");
    await add(".hidden.png", "hidden");
    const train = await openFolder(root, "train", options);
    expect(train).toMatchObject({ labels: undefined, classes: undefined, skipped: [] });
    expect([await coloursOf(train, 0), await coloursOf(train, 1)]).toEqual([
      [red, red],
      [green, green],
    ]);
    expect((await openFolder(root, "test", options)).source).toEqual(train.source);
  });

  it("classes in sub-folders, holding out every fifth picture of each", async () => {
    for (let picture = 0; picture < 6; picture++) {
      await add(`dog/${picture}.png`, halves(red, red));
      await add(`cat/deep/${picture}.png`, halves(blue, blue));
    }
    const train = await openFolder(root, "train", options);
    expect(train.classes).toEqual(["cat", "dog"]);
    expect(train.labels).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    const test = await openFolder(root, "test", options);
    expect(test.labels).toEqual([0, 1]);
    expect([train.heldOut, test.heldOut]).toEqual([2, 2]);
    expect(await coloursOf(test, 1)).toEqual([red, red]);
  });

  it("the parts that folders named train and test are, with one numbering of classes", async () => {
    await add("train/bee/1.png", halves(red, red));
    await add("train/ant/1.png", halves(red, red));
    await add("test/bee/1.png", halves(green, green));
    expect((await openFolder(root, "train", options)).labels).toEqual([0, 1]);
    const test = await openFolder(root, "test", options);
    expect(test.labels).toEqual([1]);
    expect(test.classes).toEqual(["ant", "bee"]);
  });

  it("the labelled one of val and test, and takes train for a class among other classes", async () => {
    await add("train/ant/1.png", halves(red, red));
    await add("test/1.png", halves(green, green));
    await add("val/ant/1.png", halves(blue, blue));
    expect(await coloursOf(await openFolder(root, "test", options), 0)).toEqual([blue, blue]);
    await add("plane/1.png", halves(yellow, yellow));
    expect((await openFolder(root, "train", options)).classes).toEqual(["plane", "test", "train", "val"]);
  });

  it("pictures behind links, once, and ends where a link leads back", async () => {
    await add("cat/1.png", halves(red, red));
    await symlink(root, join(root, "cat", "loop"));
    await symlink(join(root, "nowhere"), join(root, "cat", "dangling.png"));
    const { source, skipped } = await openFolder(root, "train", options);
    expect(source.widths).toHaveLength(1);
    expect(skipped).toEqual([{ path: "cat/dangling.png", reason: "it is a link that leads nowhere" }]);
  });

  it.runIf(process.platform === "linux")("no picture whose name is not text, and says so", async () => {
    await add("cat/1.png", halves(red, red));
    const png = await halves(red, red).png().toBuffer();
    const below = (name: string) => Buffer.concat([Buffer.from(`${root}/cat/`), Buffer.from(name, "latin1")]);
    await writeFile(below("gr\u00fcn.png"), png);
    await writeFile(below("gr\u00fcn.txt"), "no picture");
    await mkdir(below("bl\u00e4u"));
    expect((await openFolder(root, "train", options)).skipped).toEqual([
      { path: "cat/bl\ufffdu", reason: "its name is not UTF-8: give it another" },
      { path: "cat/gr\ufffdn.png", reason: "its name is not UTF-8: give it another" },
    ]);
  });

  it("no classes where a picture lies beside the sub-folders, and names it", async () => {
    await add("cat/1.png", halves(red, red));
    await add("dog/1.png", halves(blue, blue));
    expect((await openFolder(root, "train", options)).notice).toBeUndefined();
    await add("stray.png", halves(green, green));
    expect(await openFolder(root, "train", options)).toMatchObject({
      classes: undefined,
      notice:
        "sub-folders are not taken as classes, because stray.png lies beside them: move it into one to have labels",
    });
    await add("tray.png", halves(green, green));
    expect((await openFolder(root, "train", options)).notice).toContain("stray.png and 1 more lie beside them");
    expect((await openFolder(join(root, "cat"), "train", options)).notice).toBeUndefined();
  });
});

describe("openFolder decodes", () => {
  it("no GIF, and names it with the reason", async () => {
    await writeFile(join(root, "a.png"), await halves(red, blue).png().toBuffer());
    await writeFile(join(root, "b.gif"), await halves(red, blue).gif().toBuffer());
    const { skipped } = await openFolder(root, "train", options);
    expect(skipped).toEqual([{ path: "b.gif", reason: "it is GIF, and not JPEG, PNG, WebP or AVIF" }]);
  });

  it("JPEG, PNG, WebP and AVIF", async () => {
    for (const [ending, picture] of [
      ["jpg", halves(red, blue).jpeg({ quality: 100 })],
      ["JPEG", halves(red, blue).jpeg({ quality: 100 })],
      ["png", halves(red, blue).png()],
      ["webp", halves(red, blue).webp({ lossless: true })],
      ["avif", halves(red, blue).avif({ lossless: true })],
    ] as const) {
      await writeFile(join(root, `picture.${ending}`), await picture.toBuffer());
    }
    const pictures = await openFolder(root, "train", options);
    expect(pictures.skipped).toEqual([]);
    for (let index = 0; index < 5; index++) {
      const shown = (await coloursOf(pictures, index)).flat();
      // Lossy formats and conversions between colour spaces move a byte by a few levels.
      [...red, ...blue].forEach((value, at) => {
        expect(Math.abs(value - (shown[at] ?? 0))).toBeLessThan(6);
      });
    }
  });

  it.each([
    { orientation: 1, shown: [red, blue], width: 16 },
    { orientation: 2, shown: [blue, red], width: 16 },
    { orientation: 3, shown: [blue, red], width: 16 },
  ])("upright where EXIF says orientation $orientation", async ({ orientation, shown, width }) => {
    const oriented = halves(red, blue).jpeg({ quality: 100 }).withMetadata({ orientation });
    await writeFile(join(root, "o.jpg"), await oriented.toBuffer());
    const pictures = await openFolder(root, "train", options);
    expect(sizeOf(pictures.source, 0).width).toBe(width);
    const colours = await coloursOf(pictures, 0);
    shown.flat().forEach((value, at) => {
      expect(Math.abs(value - (colours.flat()[at] ?? 0))).toBeLessThan(6);
    });
  });

  it("upright also where the picture lies on its side, from records and from files alike", async () => {
    await writeFile(join(root, "o.jpg"), await halves(red, blue).jpeg().withMetadata({ orientation: 6 }).toBuffer());
    for (const budget of [2 ** 30, 0]) {
      const { source } = await openFolder(root, "train", { ...options, budget });
      expect(sizeOf(source, 0)).toEqual({ width: 8, height: 16 });
      const reader = openPixels(source);
      const into = new Uint8Array(2 * 2 * 3);
      // Turned by a quarter clockwise, the left half of the stored picture is the upper half of the one that is seen.
      await reader.square(0, { left: 0, top: 0, width: 8, height: 6 }, 2, into);
      reader.close();
      expect(into[0]).toBeGreaterThan(240);
      expect(into[2]).toBeLessThan(16);
    }
  });

  it("grey, transparent, palette and 16-bit pictures to three channels of 8 bits", async () => {
    await add("1-grey.png", halves([90, 90, 90], [200, 200, 200]).greyscale());
    await add("2-clear.png", halves(red, red).ensureAlpha(0));
    await writeFile(join(root, "3-palette.png"), await halves(red, green).png({ palette: true }).toBuffer());
    await add("4-deep.png", halves(red, green).toColourspace("rgb16"));
    const pictures = await openFolder(root, "train", options);
    const colours = await Promise.all([0, 1, 2, 3].map((index) => coloursOf(pictures, index)));
    const white = [255, 255, 255];
    expect(colours[0]?.map((colour) => new Set(colour).size)).toEqual([1, 1]);
    expect(colours.slice(1)).toEqual([
      [white, white],
      [red, green],
      [red, green],
    ]);
  });

  it("CMYK to colours that are close", async () => {
    await writeFile(join(root, "c.jpg"), await halves(red, yellow).toColourspace("cmyk").jpeg().toBuffer());
    const [[r = 0, g = 255, b = 255] = []] = await coloursOf(await openFolder(root, "train", options), 0);
    expect(r).toBeGreaterThan(180);
    expect(Math.max(g, b)).toBeLessThan(80);
  });

  it("no larger than is of use, keeping the shape", async () => {
    await add("large.png", halves(red, blue, 1200, 600));
    const pictures = await openFolder(root, "train", options);
    expect(sizeOf(pictures.source, 0)).toEqual({ width: 1024, height: 512 });
    expect(await coloursOf(pictures, 0)).toEqual([red, blue]);
  });
});

describe("openFolder leaves out", () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';

  it("pictures of other formats, whatever they are called, and empty files, each with its reason", async () => {
    await add("0.png", halves(red, red));
    await add("1.png", svg);
    await writeFile(join(root, "2.jpg"), await halves(red, red).gif().toBuffer());
    await writeFile(join(root, "3.png"), await halves(red, red).tiff().toBuffer());
    await add("4.jpg", "");
    const pictures = await openFolder(root, "train", options);
    expect(pictures.source.widths).toHaveLength(1);
    expect(pictures.skipped.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
      "1.png: it is SVG, and not JPEG, PNG, WebP or AVIF",
      "2.jpg: it is GIF, and not JPEG, PNG, WebP or AVIF",
      "3.png: it is TIFF, and not JPEG, PNG, WebP or AVIF",
      "4.jpg: it is empty",
    ]);
    await expect(decodeWhole(Buffer.from(svg))).rejects.toThrow("it is SVG");
  });

  it.skipIf(process.getuid?.() === 0)("files that may not be read, saying so", async () => {
    await add("0.png", halves(red, red));
    await add("1.png", halves(red, red));
    await chmod(join(root, "1.png"), 0);
    expect((await openFolder(root, "train", options)).skipped).toEqual([
      { path: "1.png", reason: "permission denied" },
    ]);
  });
});

describe("openFolder", () => {
  it("names, counts and leaves out broken files, also those that break half way", async () => {
    await add("ant/1.png", halves(red, red));
    await add("ant/2.png", "no picture at all");
    await add("bee/3.jpg", "");
    const jpeg = await halves(green, blue, 64, 64).jpeg().toBuffer();
    await writeFile(join(root, "bee/4.jpg"), jpeg.subarray(0, jpeg.length - 100));
    await add("bee/5.png", halves(blue, blue));
    const pictures = await openFolder(root, "train", options);
    expect(pictures.skipped.map(({ path }) => path).sort()).toEqual(["ant/2.png", "bee/3.jpg", "bee/4.jpg"]);
    expect(pictures.skipped.every(({ reason }) => reason.length > 5 && !reason.includes(root))).toBe(true);
    expect(pictures.labels).toEqual([0, 1]);
    expect(await coloursOf(pictures, 1)).toEqual([blue, blue]);
    expect((await openFolder(root, "train", options)).skipped).toEqual(pictures.skipped);
  });

  it("is an error only where no picture can be read", async () => {
    await add("1.png", "broken");
    const opening = openFolder(root, "train", options);
    await expect(opening).rejects.toThrow(
      "at least one picture that can be read, received 1 broken file (the first is 1.png:",
    );
    await expect(opening).rejects.toMatchObject({ exitCode: 2 });
    expect(await readdir(home)).not.toContain("cache");
  });

  it("is an error where there is no folder, no picture, or none of the part", async () => {
    await expect(openFolder(join(root, "missing"), "train", options)).rejects.toThrow(
      "received no such file or folder",
    );
    await expect(openFolder(root, "train", options)).rejects.toThrow("received a folder without any");
    await add("ant/1.png", halves(red, red));
    await expect(openFolder(root, "test", options)).rejects.toThrow(
      "expected pictures for the test part, received none among its 1",
    );
    await expect(openFolder(root, "test", options)).rejects.toThrow(UserError);
  });

  it("decodes once: the second time nothing is looked at", async () => {
    await add("1.png", halves(red, red));
    const stages = async (): Promise<string[]> => {
      const seen: DataProgress[] = [];
      await openFolder(root, "train", { ...options, progress: (progress) => seen.push(progress) });
      return seen.map(({ stage, done, total }) => `${stage} ${done}/${total}`);
    };
    expect(await stages()).toEqual(["scan 1/1", "decode 1/1"]);
    expect(await stages()).toEqual([]);
    await utimes(join(root, "1.png"), 1000, 1000);
    expect(await stages()).toEqual(["scan 1/1", "decode 1/1"]);
  });

  it("keeps one state of a folder in the cache, and mends it where it is damaged", async () => {
    await add("1.png", halves(red, red));
    await openFolder(root, "train", options);
    await add("2.png", halves(blue, blue));
    const { source } = await openFolder(root, "train", options);
    if (source.kind !== "records") throw new Error("expected records");
    const cache = dirname(source.path);
    expect(await readdir(cache)).toHaveLength(2);
    await truncate(source.path, 10);
    expect(await coloursOf(await openFolder(root, "train", options), 1)).toEqual([blue, blue]);
    expect((await readFile(source.path)).length).toBe(2 * 16 * 8 * 3);
  });

  it("decodes from the files where they are too many for the cache, to the same colours", async () => {
    await add("1.png", halves(red, green));
    const pictures = await openFolder(root, "train", { ...options, budget: 10 });
    expect(pictures.source).toMatchObject({ kind: "files", paths: ["1.png"] });
    expect(await coloursOf(pictures, 0)).toEqual([red, green]);
    await rm(join(root, "1.png"));
    await expect(coloursOf(pictures, 0)).rejects.toThrow(
      "expected the picture that was here when the folder was opened",
    );
  });

  it("stops where it is told to, and leaves nothing", async () => {
    await add("1.png", halves(red, red));
    const stop = new AbortController();
    const progress = ({ stage }: DataProgress) => {
      if (stage === "scan") stop.abort();
    };
    await expect(openFolder(root, "train", { ...options, progress, signal: stop.signal })).rejects.toThrow(Interrupted);
    expect(await readdir(home)).not.toContain("cache");
  });
});
