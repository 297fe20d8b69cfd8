// From a picture to the bytes that a model is given: decoded upright, resized and cut as the model's preprocessing
// says.

import { z } from "zod";
import { type Decoded, decodeWhole } from "../data/index.ts";
import { UserError } from "../errors/index.ts";
import type { Preprocessing } from "../hub/index.ts";
import { pictureFitter } from "./picture-fitter.ts";

/**
 * A picture: the path of a file, the bytes of one (JPEG, PNG, WebP, AVIF), or pixels [height, width, 3], rows from the
 * top.
 */
export type PictureInput = string | Uint8Array | Decoded;

/** Makes a model's input of pictures; it keeps filters from picture to picture. */
export interface PictureReader {
  /**
   * [height, width, 3] of the preprocessing's size.
   *
   * @throws UserError where it is no picture at all; what the decoder throws where it is broken
   */
  read(picture: PictureInput): Promise<Uint8Array>;
}

export function pictureReader(preprocessing: Preprocessing): PictureReader {
  const prepared = pictureFitter(preprocessing);
  return {
    async read(picture) {
      if (typeof picture === "string" || picture instanceof Uint8Array) return prepared(await decodeWhole(picture));
      return prepared(soundPixels(picture));
    },
  };
}

const pixelsForm = z.object({
  pixels: z.instanceof(Uint8Array),
  width: z.int().positive(),
  height: z.int().positive(),
});

function soundPixels(picture: unknown): Decoded {
  const form = pixelsForm.safeParse(picture);
  if (!form.success) throw noPicture(picture instanceof Object ? `another ${picture.constructor.name}` : picture);
  const { pixels, width, height } = form.data;
  if (pixels.length === width * height * 3) return form.data;
  throw noPicture(`${pixels.length} bytes for ${width} x ${height} pixels`);
}

function noPicture(received: unknown): UserError {
  return new UserError({
    where: "picture",
    expected: "the path of a file, the bytes of one, or { pixels, width, height } with three bytes a pixel",
    received,
    remedy: 'give one of these, as in encoder.embed(["cat.jpg"])',
  });
}
