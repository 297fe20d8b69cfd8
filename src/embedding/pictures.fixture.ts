// A small model with weights of chance, and pictures that are made up, for tests of indexes.
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { encoderDeclarations, exportDirectory, openDirectory } from "../hub/index.ts";
import { imageNetPixels, initialValues } from "../nn/index.ts";
import { randomStream } from "../random/index.ts";
import { openNodeRuntime } from "../runtime/index.ts";
import { type Encoder, openEncoder } from "./encoder.ts";

/** A model directory of 16 x 16 pixels, width 8; its weights follow from the seed. */
export async function writeTinyModel(folder: string, seed: number): Promise<void> {
  const sizes = { width: 8, depth: 1, heads: 2, ratio: 4, patch: 4, epsilon: 1e-6, grid: { rows: 4, columns: 4 } };
  const parameters = new Map(
    [...encoderDeclarations(sizes)].map(([name, declaration]) => {
      return [name, { shape: declaration.shape, pieces: [{ values: initialValues(declaration, seed) }] }];
    }),
  );
  const model = {
    name: "tiny",
    family: "I-JEPA",
    kind: "random weights",
    sizes,
    encoder: "context",
    preprocessing: { size: { height: 16, width: 16 }, part: "whole", pixels: imageNetPixels },
    parameters,
    notices: [],
    fingerprint: "",
  } as const;
  await exportDirectory(model, folder);
}

/** Opens the tiny model of a folder. */
export async function openTiny(folder: string): Promise<Encoder> {
  return openEncoder(await openNodeRuntime({ device: "cpu", threads: 1 }), await openDirectory(folder, "tiny"));
}

/** Writes a PNG of 16 x 16 pixels of chance, as the seed says, with so much added to its first pixel. */
export async function writePicture(path: string, seed: number, added = 0): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const random = randomStream(seed, "picture");
  const ground = random.integer(256);
  const pixels = Buffer.from(Array.from({ length: 16 * 16 * 3 }, () => (ground + random.integer(128)) % 256));
  pixels[0] = (pixels[0] + added) % 256;
  await sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
    .png()
    .toFile(path);
}

/** Writes pictures 0.png to before `count`, each another. */
export async function writePictures(folder: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await writePicture(join(folder, `${i}.png`), i);
}
