// Three coordinates of each patch as its red, green and blue. For any runtime.
import type { PatchGrid } from "./panels.ts";
import type { Raster } from "./raster.ts";

/** Shares of the coordinates left below black and above full colour, so that single patches do not set the scale. */
const clipped = 0.02;

/** The maps of all pictures [rows, columns, 3], each component stretched over its own range in the whole figure. */
export function colourMaps(coordinates: Float32Array, { rows, columns }: PatchGrid): Raster[] {
  const ranges = [0, 1, 2].map((component) => robustRange(coordinates, component));
  const pixels = Uint8Array.from(coordinates, (value, i) => {
    const { low, high } = ranges[i % 3];
    return Math.round(255 * Math.min(Math.max((value - low) / (high - low || 1), 0), 1));
  });
  const bytes = rows * columns * 3;
  return Array.from({ length: pixels.length / bytes }, (_, i) => ({
    pixels: pixels.subarray(i * bytes, (i + 1) * bytes),
    width: columns,
    height: rows,
  }));
}

function robustRange(coordinates: Float32Array, component: number): { low: number; high: number } {
  const values = coordinates.filter((_, i) => i % 3 === component).sort();
  const cut = Math.floor(clipped * values.length);
  return { low: values[cut] ?? 0, high: values[values.length - 1 - cut] ?? 1 };
}
