// How large decoded pictures of a folder are kept: a trade of disk for the work of decoding them in every epoch.

/** Width and height of a picture in pixels, as it is seen (after EXIF orientation). */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** No folder takes more of the cache than this. */
export const mostBytes: number = 16 * 2 ** 30;

// A random crop of 30% of the area of a picture of 512 pixels is 280 pixels wide: still more than a crop of 224 needs.
// At 256 it is 140, the usual compromise for large sets; with less, pictures are better decoded anew each time.
const sides: readonly number[] = [512, 448, 384, 320, 256];

/**
 * The greatest length of the shorter side at which all pictures fit into the cache, or
 * undefined where they never do. It depends on the pictures alone, not on the disk, so
 * that training from the same folder sees the same pixels everywhere.
 */
export function storedSide(sizes: readonly Size[], budget: number = mostBytes): number | undefined {
  return sides.find((side) => storedBytes(sizes, side) <= budget);
}

/** Bytes of all pictures when no shorter side is longer than `side`. */
export function storedBytes(sizes: readonly Size[], side: number): number {
  return sizes.reduce((sum, size) => {
    const { width, height } = limited(size, side);
    return sum + width * height * 3;
  }, 0);
}

/** The size of a picture after its shorter side has been brought down to `side`; smaller pictures stay as they are. */
export function limited({ width, height }: Size, side: number): Size {
  const factor = Math.min(1, side / Math.min(width, height));
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
}
