// How a model wants its pictures: size, cropping, and the statistics by which pixels are normalised.
// preprocessor_config.json in the form that Hugging Face's image processors write and read.

import { z } from "zod";
import { UserError } from "../errors/index.ts";
import { imageNetPixels, type PixelStatistics } from "../nn/index.ts";
import type { EncoderSizes } from "./encoder-config.ts";
import { parseJson, type Refusal, soundValue } from "./sound-json.ts";

export interface PictureSize {
  readonly height: number;
  readonly width: number;
}

/** From a decoded picture to the model's input; resizing is bilinear with antialiasing, rounded to bytes (Pillow's). */
export interface Preprocessing {
  /** What is given to the model. */
  readonly size: PictureSize;
  /**
   * "whole": the whole picture is resized, whatever its aspect; "square": the largest centred part of the size's
   * aspect.
   */
  readonly part: "whole" | "square";
  readonly pixels: PixelStatistics;
}

/** `half`: mean and deviation 0.5, as transformers' own default says. */
export const halfPixels: PixelStatistics = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] };

const side = z.int().min(1).max(65_536);
const sizeField = z.union([side, z.looseObject({ height: side, width: side }), z.looseObject({ shortest_edge: side })]);
const statistic = z.array(z.number()).length(3);

const fields = z.looseObject({
  do_resize: z.boolean().optional(),
  size: sizeField.optional(),
  do_center_crop: z.boolean().nullish(),
  crop_size: sizeField.nullish(),
  resample: z.int().optional(),
  do_rescale: z.boolean().optional(),
  rescale_factor: z.number().optional(),
  do_normalize: z.boolean().optional(),
  image_mean: statistic.optional(),
  image_std: statistic.optional(),
});

const bilinear = 2;

/**
 * Reads the text of a preprocessor_config.json.
 *
 * @param size the model's own, for what the file leaves out
 * @throws UserError where it asks for what is not done here
 */
export function parsePreprocessing(text: string, where: string, size: PictureSize): Preprocessing {
  const config = checked(text, where);
  if (config.resample !== undefined && config.resample !== bilinear) {
    throw refused(where, `resample ${bilinear} (bilinear)`, config.resample);
  }
  if (config.rescale_factor !== undefined && Math.abs(config.rescale_factor * 255 - 1) > 1e-6) {
    throw refused(where, "rescale_factor 1/255", config.rescale_factor);
  }
  const cropped = config.do_center_crop === true || shortestEdge(config.size) !== undefined;
  const wanted = (cropped ? config.crop_size : undefined) ?? config.size;
  return {
    size: wanted === undefined ? size : sizeOf(wanted),
    part: cropped ? "square" : "whole",
    pixels: pixelsOf(config),
  };
}

/** Where a model says nothing: the whole picture at the model's own size, by ImageNet's statistics. */
export function defaultPreprocessing({ grid, patch }: Pick<EncoderSizes, "grid" | "patch">): Preprocessing {
  return { size: ownSize({ grid, patch }), part: "whole", pixels: imageNetPixels };
}

/** The size in pixels that a model's positions are for. */
export function ownSize({ grid, patch }: Pick<EncoderSizes, "grid" | "patch">): PictureSize {
  return { height: grid.rows * patch, width: grid.columns * patch };
}

/** The preprocessor_config.json that says the same. */
export function preprocessingText({ size, part, pixels }: Preprocessing): string {
  const cropping =
    part === "whole"
      ? { do_resize: true, size }
      : {
          do_resize: true,
          size: { shortest_edge: Math.min(size.height, size.width) },
          do_center_crop: true,
          crop_size: size,
        };
  const config = {
    ...cropping,
    do_normalize: true,
    do_rescale: true,
    image_mean: pixels.mean,
    image_processor_type: "ViTImageProcessor",
    image_std: pixels.deviation,
    resample: bilinear,
    rescale_factor: 1 / 255,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

function pixelsOf(config: z.infer<typeof fields>): PixelStatistics {
  if (config.do_normalize === false) return { mean: [0, 0, 0], deviation: [1, 1, 1] };
  return { mean: config.image_mean ?? imageNetPixels.mean, deviation: config.image_std ?? imageNetPixels.deviation };
}

function shortestEdge(size: z.infer<typeof sizeField> | undefined): number | undefined {
  return typeof size === "object" && "shortest_edge" in size ? Number(size.shortest_edge) : undefined;
}

function sizeOf(size: z.infer<typeof sizeField>): PictureSize {
  if (typeof size === "number") return { height: size, width: size };
  const edge = shortestEdge(size);
  if (edge !== undefined) return { height: edge, width: edge };
  return { height: Number(size.height), width: Number(size.width) };
}

function checked(text: string, where: string): z.infer<typeof fields> {
  const refuse: Refusal = (expected, received) => refused(where, expected, received);
  return soundValue(fields, parseJson(text, refuse), refuse);
}

function refused(where: string, expected: string, received: unknown): UserError {
  const remedy = "mend the file, or remove it: ImageNet's statistics are used then";
  return new UserError({ where, expected, received, remedy });
}
