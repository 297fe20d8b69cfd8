// A decoded picture at the size that a model is given, cut and resized as its preprocessing says. For any runtime.

import { type CropResize, cropResizer } from "../data/any-runtime.ts";
import type { Decoded } from "../data/index.ts";
import { UserError } from "../errors/index.ts";
import type { PictureSize, Preprocessing } from "../hub/index.ts";

/**
 * Makes a model's input, [height, width, 3] of the preprocessing's size, of pixels; filters are kept from picture to
 * picture. What it gives throws UserError for pixels that do not fit their height and width.
 */
export function pictureFitter({ size, part }: Pick<Preprocessing, "size" | "part">): (picture: Decoded) => Uint8Array {
  const resizers = new Map<string, CropResize>();
  const resized = ({ pixels, width, height }: Decoded, to: PictureSize): Uint8Array => {
    if (width === to.width && height === to.height) return pixels;
    const key = `${to.width} ${to.height}`;
    const resize = resizers.get(key) ?? cropResizer(to);
    if (part === "whole") resizers.set(key, resize);
    const into = new Uint8Array(to.width * to.height * 3);
    resize(pixels, width, { left: 0, top: 0, width, height }, into);
    return into;
  };
  return (decoded) => {
    requirePixels(decoded);
    if (part === "whole") return resized(decoded, size);
    const covering = coveringSize(decoded, size);
    return centre({ ...covering, pixels: resized(decoded, covering) }, size);
  };
}

/** The reference resizes until the picture just covers the size, and cuts the middle out. */
function coveringSize({ width, height }: PictureSize, size: PictureSize): PictureSize {
  const scale = Math.max(size.width / width, size.height / height);
  return {
    width: Math.max(size.width, Math.trunc(width * scale + 1e-6)),
    height: Math.max(size.height, Math.trunc(height * scale + 1e-6)),
  };
}

function centre({ pixels, width, height }: Decoded, size: PictureSize): Uint8Array {
  if (width === size.width && height === size.height) return pixels;
  const [left, top] = [Math.trunc((width - size.width) / 2), Math.trunc((height - size.height) / 2)];
  const cut = new Uint8Array(size.width * size.height * 3);
  for (let row = 0; row < size.height; row++) {
    const start = ((top + row) * width + left) * 3;
    cut.set(pixels.subarray(start, start + size.width * 3), row * size.width * 3);
  }
  return cut;
}

function requirePixels({ pixels, width, height }: Decoded): void {
  if (pixels.length === width * height * 3 && width > 0 && height > 0) return;
  throw new UserError({
    where: "a picture's pixels",
    expected: `${height} x ${width} x 3 bytes, rows from the top, a pixel's red, green and blue side by side`,
    received: `${pixels.length} bytes`,
    remedy: "give height, width and pixels that belong together, without an alpha channel",
  });
}
