// What a picture has beyond a plain one. Most of what a small encoder says of a patch is where it is, whatever is there.
// A plain picture of the same mean colour has that as well; taken away from each patch, it leaves what the patch shows.

/** A picture of one colour, the mean of another's pixels [height, width, 3]. */
export function plainPicture(pixels: Uint8Array): Uint8Array {
  const sums = [0, 0, 0];
  for (let at = 0; at < pixels.length; at++) sums[at % 3] += pixels[at];
  const means = sums.map((sum) => Math.round((3 * sum) / pixels.length));
  return Uint8Array.from(pixels, (_, at) => means[at % 3]);
}

/** Features of patches without those of a plain picture. */
export interface Content {
  /** [patches, width] */
  readonly patches: Float32Array;
  /** Share of the variance between patches that went away, 0..1; 0 where nothing did. */
  readonly taken: number;
}

/** @param patches of a picture, and of its plain one, each [patches, width] */
export function contentOf(patches: Float32Array, plain: Float32Array, width: number): Content {
  const content = patches.map((value, at) => value - plain[at]);
  const left = varianceOf(content, width) / Math.max(varianceOf(patches, width), Number.MIN_VALUE);
  return { patches: content, taken: Math.max(0, 1 - left) };
}

/** Sum of squared distances of the rows to their mean. */
function varianceOf(rows: Float32Array, width: number): number {
  const mean = new Float64Array(width);
  for (let at = 0; at < rows.length; at++) mean[at % width] += (rows[at] * width) / rows.length;
  return rows.reduce((sum, value, at) => sum + (value - mean[at % width]) ** 2, 0);
}
