import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { CorruptFile } from "../errors/index.ts";
import { randomStream } from "../random/index.ts";
import { type Batches, type BatchOptions, openBatches, openPictures, type Pictures } from "./index.ts";
import { sizeOf } from "./pixels.ts";

const count = 13;
const options: BatchOptions = { batch: 4, crop: 12, scale: [0.3, 1], flip: true, seed: 5, workers: 0 };

let home: string;
let pictures: Pictures;
const opened: Batches[] = [];

function open(given: Partial<BatchOptions> = {}, from: Pictures = pictures): Batches {
  const batches = openBatches(from, { ...options, ...given });
  opened.push(batches);
  return batches;
}

async function steps(batches: Batches, wanted: readonly number[]): Promise<unknown[]> {
  const made: unknown[] = [];
  for (const step of wanted) {
    const { images, indices } = await batches.at(step);
    made.push({ step, images: Buffer.from(images).toString("base64"), indices: [...indices] });
  }
  return made;
}

/** Pictures of noise of different sizes, each with its number in the red channel. */
async function makePictures(folder: string): Promise<void> {
  await mkdir(folder);
  for (let index = 0; index < count; index++) {
    const [width, height] = [20 + index, 30 - index];
    const random = randomStream(index);
    const pixels = Buffer.from(
      Array.from({ length: width * height }, () => [index * 10, random.integer(256), 128]).flat(),
    );
    const name = `${String(index).padStart(2, "0")}.png`;
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(folder, name));
  }
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "jepa batches "));
  await makePictures(join(home, "pictures"));
  const environment = { JEPA_CACHE: join(home, "cache") };
  pictures = await openPictures(join(home, "pictures"), { split: "train", environment });
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((batches) => batches.close()));
});

afterAll(async () => {
  await pictures.close();
  await rm(home, { recursive: true });
});

describe("openBatches", () => {
  it("gives the same bytes for a step whatever the number of threads, the order of asking, and what was asked before", async () => {
    const order = [0, 1, 2, 3, 4, 5, 9];
    const expected = await steps(open(), order);
    expect(await steps(open({ workers: 1 }), order)).toEqual(expected);
    const three = open({ workers: 3 });
    expect(await steps(three, order)).toEqual(expected);
    expect(await steps(three, [...order].reverse())).toEqual([...expected].reverse());
    expect(await steps(open(), [9])).toEqual(expected.slice(-1));
  });

  it("shows the pictures that its indices name", async () => {
    const { images, indices } = await open().at(1);
    indices.forEach((index, place) => {
      const redOf = images.filter((_, at) => Math.floor(at / (12 * 12 * 3)) === place && at % 3 === 0);
      expect(new Set(redOf)).toEqual(new Set([index * 10]));
    });
  });

  it("augments a picture anew in each epoch and for each seed", async () => {
    const shown = new Set<string>();
    const all = { batch: 13, flip: false };
    for (const [seed, epoch] of [
      [5, 0],
      [5, 1],
      [6, 0],
    ] as const) {
      const { images, indices } = await open({ ...all, seed }).at(epoch);
      const place = indices.indexOf(7);
      shown.add(Buffer.from(images.subarray(place * 432, (place + 1) * 432)).toString("base64"));
    }
    expect(shown.size).toBe(3);
  });

  it("mirrors about half of the pictures, and none where it is not asked to", async () => {
    const straight = open({ batch: 13, scale: [1, 1], flip: false });
    const flipped = open({ batch: 13, scale: [1, 1] });
    const counts = { same: 0, mirrored: 0, mixedSteps: 0 };
    for (let step = 0; step < 20; step++) {
      const [a, b] = [await straight.at(step), await flipped.at(step)];
      const before = counts.mirrored;
      for (let place = 0; place < 13; place++) {
        const [first, second] = [a, b].map(({ images }) => images.subarray(place * 432, (place + 1) * 432));
        if (Buffer.compare(first ?? new Uint8Array(), second ?? new Uint8Array()) === 0) counts.same++;
        else counts.mirrored++;
      }
      if (counts.mirrored > before && counts.mirrored < before + 13) counts.mixedSteps++;
    }
    expect(counts.same + counts.mirrored).toBe(260);
    // 260 fair coins: standard deviation 8; four of them.
    expect(Math.abs(counts.mirrored - 130)).toBeLessThan(33);
    expect(counts.mixedSteps).toBe(20); // each picture tosses its own coin: 13 alike have a chance of 1 in 4096
  });

  it("drops the incomplete batch of an epoch", () => {
    expect(open().stepsPerEpoch).toBe(3);
  });

  it("is the caller's: writing into a batch changes no other", async () => {
    const batches = open({ workers: 1 });
    const [before] = await steps(batches, [2]);
    (await batches.at(2)).images.fill(0);
    expect(await steps(batches, [2])).toEqual([before]);
  });

  it("does not wait for a step that was made ahead", async () => {
    const batches = open({ workers: 1 });
    await batches.at(0);
    await new Promise((resolve) => setTimeout(resolve, 500)); // what training would take
    // A step of these small pictures takes a millisecond, a thread of a checkout takes hundreds to start.
    expect((await batches.at(1)).waitMilliseconds).toBeLessThan(100);
  });

  it("refuses a batch larger than the data set", () => {
    expect(() => open({ batch: 14 })).toThrow("training.batch: expected at most the 13 pictures of");
    expect(() => open({ batch: 14 })).toThrow("received 14: use 13 or less, or add pictures");
  });

  it("throws what a thread met at the step that met it", async () => {
    const { source } = pictures;
    if (source.kind !== "records") throw new Error("expected records");
    const path = join(home, "cut.u8");
    await copyFile(source.path, path);
    await truncate(path, 100);
    const cut: Pictures = { ...pictures, source: { ...source, path } };
    for (const workers of [0, 1]) {
      const asking = open({ workers }, cut).at(0);
      await expect(asking).rejects.toThrow(CorruptFile);
      await expect(asking).rejects.toThrow("it was changed while it was in use");
      await expect(asking).rejects.toMatchObject({ exitCode: 2, where: path });
    }
  });

  it("throws where a thread cannot start", async () => {
    const { source } = pictures;
    if (source.kind !== "records") throw new Error("expected records");
    const gone: Pictures = { ...pictures, source: { ...source, path: join(home, "gone.u8") } };
    await expect(open({ workers: 1 }, gone).at(0)).rejects.toThrow("internal: a data thread failed: ENOENT");
  });

  it("decodes from files in threads to the same bytes", async () => {
    const files: Pictures = {
      ...pictures,
      source: {
        kind: "files",
        folder: join(home, "pictures"),
        paths: Array.from({ length: count }, (_, index) => `${String(index).padStart(2, "0")}.png`),
        widths: pictures.source.widths,
        heights: pictures.source.heights,
      },
    };
    expect(await steps(open({ workers: 2 }, files), [0, 1])).toEqual(await steps(open({}, files), [0, 1]));
  });

  it("lets the process end after close", async () => {
    const door = pathToFileURL(join(import.meta.dirname, "index.ts")).href;
    const script = join(home, "script.mts");
    const code = `
      import { openBatches, openPictures } from ${JSON.stringify(door)};
      const environment = { JEPA_CACHE: ${JSON.stringify(join(home, "cache"))} };
      const pictures = await openPictures(${JSON.stringify(join(home, "pictures"))}, { split: "train", environment });
      const batches = openBatches(pictures, { batch: 4, crop: 12, scale: [0.3, 1], flip: true, seed: 5, workers: 2 });
      const { indices } = await batches.at(7);
      await batches.close();
      await pictures.close();
      console.log(indices.join());`;
    await writeFile(script, code);
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script], { timeout: 20_000 });
    expect(stdout.trim()).toBe((await open().at(7)).indices.join());
  });
});

describe("openPictures", () => {
  it("gives the centred square of a picture, whole at its own size", async () => {
    expect(pictures).toMatchObject({ size: 13, classes: undefined, skipped: [] });
    expect(sizeOf(pictures.source, 3)).toEqual({ width: 23, height: 27 });
    const original = await sharp(join(home, "pictures", "03.png")).extract({ left: 0, top: 2, width: 23, height: 23 });
    expect(Buffer.from(await pictures.picture(3, 23))).toEqual(await original.raw().toBuffer());
    expect(await pictures.picture(3, 5)).toHaveLength(75);
    expect(pictures.label(3)).toBeUndefined();
  });

  it("refuses an index outside", async () => {
    await expect(pictures.picture(13, 8)).rejects.toThrow("internal: picture 13 of a data set of 13");
  });

  it.each([
    ["cifar", 'which does not exist: did you mean "cifar10"?'],
    ["/no/such/folder", '"/no/such/folder", which does not exist: check the path'],
    [import.meta.filename, "which is a file: check the path"],
  ])("refuses the source %s", async (source, says) => {
    const opening = openPictures(source, { split: "train", environment: {} });
    await expect(opening).rejects.toThrow('pictures: expected "cifar10", or a folder of pictures');
    await expect(opening).rejects.toThrow(says);
  });
});
