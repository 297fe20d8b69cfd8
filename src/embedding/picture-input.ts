// From a picture to the bytes that a model is given: decoded upright, resized and cut as the model's preprocessing
// says.

import { type Decoded, decodeWhole } from "../data/index.ts";
import type { Preprocessing } from "../hub/index.ts";
import { pictureFitter } from "./picture-fitter.ts";

/**
 * A picture: the path of a file, the bytes of one (JPEG, PNG, WebP, AVIF), or pixels [height, width, 3], rows from the
 * top.
 */
export type PictureInput = string | Uint8Array | Decoded;

/** Makes a model's input of pictures; it keeps filters from picture to picture. */
export interface PictureReader {
  /** [height, width, 3] of the preprocessing's size; throws what the decoder throws where the picture is broken. */
  read(picture: PictureInput): Promise<Uint8Array>;
}

export function pictureReader(preprocessing: Preprocessing): PictureReader {
  const prepared = pictureFitter(preprocessing);
  return {
    async read(picture) {
      return prepared(
        typeof picture === "string" || picture instanceof Uint8Array ? await decodeWhole(picture) : picture,
      );
    },
  };
}
