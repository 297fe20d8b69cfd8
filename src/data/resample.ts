// Cutting a box out of a picture and resizing it, in plain TypeScript: bilinear, with a filter that widens when it
// shrinks (antialiased), as torchvision does by way of Pillow. This is Pillow's algorithm to the bit (Resample.c, 8
// bits a channel): each output is a weighted mean of inputs with triangle weights, rows first, then columns, in
// fixed-point numbers.

/** A part of a picture, in pixels; `left` and `top` count from 0. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Cuts `box` out of a picture and writes it, resized, to `into`.
 *
 * @param pixels [height, pictureWidth, 3], rows from the top; the box lies within
 * @param into   [height, width, 3] of the size that the resizer is for
 */
export type CropResize = (pixels: Uint8Array, pictureWidth: number, box: Box, into: Uint8Array) => void;

/**
 * A crop-and-resize to pictures of one size. Filters and the buffer between the two passes are kept from picture to
 * picture, so one belongs to one thread.
 */
export function cropResizer({ width, height }: OutputSize): CropResize {
  const filters = new Map<string, Filter>();
  let between = new Uint8Array(0);

  function filterFor(length: number, outputs: number): Filter {
    const key = `${length} to ${outputs}`;
    const known = filters.get(key);
    if (known !== undefined) return known;
    if (filters.size >= mostFilters) filters.clear();
    const filter = triangleFilter(length, outputs);
    filters.set(key, filter);
    return filter;
  }

  return (pixels, pictureWidth, box, into) => {
    const needed = box.height * width * 3;
    if (between.length < needed) between = new Uint8Array(needed);
    shrinkRows(pixels, pictureWidth, box, filterFor(box.width, width), width, between);
    shrinkColumns(between, filterFor(box.height, height), { width, height }, into);
  };
}

/** Size of what comes out, in pixels. */
export interface OutputSize {
  readonly width: number;
  readonly height: number;
}

/** Mirrors a picture left to right in place. pixels [side, side, 3]. */
export function mirror(pixels: Uint8Array, side: number): void {
  for (let row = 0; row < side; row++) {
    let left = row * side * 3;
    let right = left + (side - 1) * 3;
    for (; left < right; left += 3, right -= 3) {
      for (let channel = 0; channel < 3; channel++) {
        const kept = pixels[left + channel] ?? 0;
        pixels[left + channel] = pixels[right + channel] ?? 0;
        pixels[right + channel] = kept;
      }
    }
  }
}

// Pictures of a folder come in many sizes, so lengths of boxes do not repeat for ever: a bound on what is kept.
const mostFilters = 2048;

/**
 * For each output, the first input it reads, how many, and their weights (`taps` slots an output) in units of 2^-22.
 */
interface Filter {
  readonly taps: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

// 32 bits less 8 for the pixel and 2 for sign and rounding, as in Pillow.
const precisionBits = 22;
const half = 1 << (precisionBits - 1);

function triangleFilter(inputs: number, outputs: number): Filter {
  const scale = inputs / outputs;
  const support = Math.max(scale, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputs);
  const count = new Int32Array(outputs);
  const weights = new Int32Array(outputs * taps);
  for (let output = 0; output < outputs; output++) {
    const center = (output + 0.5) * scale;
    const from = Math.max(0, Math.trunc(center - support + 0.5));
    const to = Math.min(inputs, Math.trunc(center + support + 0.5));
    const triangle = Array.from({ length: to - from }, (_, tap) => {
      return Math.max(0, 1 - Math.abs((tap + from - center + 0.5) * (1 / support)));
    });
    const total = triangle.reduce((sum, weight) => sum + weight, 0);
    triangle.forEach((weight, tap) => {
      weights[output * taps + tap] = Math.trunc(0.5 + (weight / total) * 2 ** precisionBits);
    });
    first[output] = from;
    count[output] = to - from;
  }
  return { taps, first, count, weights };
}

function shrinkRows(
  pixels: Uint8Array,
  pictureWidth: number,
  box: Box,
  filter: Filter,
  outputs: number,
  into: Uint8Array,
): void {
  let to = 0;
  for (let row = 0; row < box.height; row++) {
    const start = ((box.top + row) * pictureWidth + box.left) * 3;
    for (let column = 0; column < outputs; column++, to += 3) {
      writeMean(filter, column, pixels, start + (filter.first[column] ?? 0) * 3, 3, into, to);
    }
  }
}

function shrinkColumns(rows: Uint8Array, filter: Filter, { width, height }: OutputSize, into: Uint8Array): void {
  const stride = width * 3;
  let to = 0;
  for (let row = 0; row < height; row++) {
    const start = (filter.first[row] ?? 0) * stride;
    for (let column = 0; column < stride; column += 3, to += 3) {
      writeMean(filter, row, rows, start + column, stride, into, to);
    }
  }
}

/**
 * Writes one output: the weighted mean of pixels that lie `step` bytes apart. Whole numbers of 32 bits, and three sums
 * side by side: without both the engine of the language takes nearly twice the time.
 */
function writeMean(
  { taps, count, weights }: Filter,
  output: number,
  bytes: Uint8Array,
  start: number,
  step: number,
  into: Uint8Array,
  to: number,
): void {
  let from = start;
  let weightAt = output * taps;
  const weightEnd = weightAt + (count[output] ?? 0);
  let red = half;
  let green = half;
  let blue = half;
  for (; weightAt < weightEnd; weightAt++, from += step) {
    const weight = weights[weightAt] ?? 0;
    red = (red + Math.imul(weight, bytes[from] ?? 0)) | 0;
    green = (green + Math.imul(weight, bytes[from + 1] ?? 0)) | 0;
    blue = (blue + Math.imul(weight, bytes[from + 2] ?? 0)) | 0;
  }
  // No clipping: the weights are positive and sum to 1 within 2^-20, so a mean of bytes is a byte.
  into[to] = red >> precisionBits;
  into[to + 1] = green >> precisionBits;
  into[to + 2] = blue >> precisionBits;
}
