// Pictures as plain arrays and as PNG files: 8-bit RGB, no filter, one compressed block
// (W3C PNG, third edition). Written here and not by a picture library because drawing
// stays a plain function that way: arrays in, text out, no waiting.
import { deflateSync } from "node:zlib";

/** A picture: [height, width, 3] bytes, red, green, blue. */
export interface Raster {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A square picture of `size` pixels a side from [size, size, 3] bytes. */
export function squareRaster(pixels: Uint8Array, size: number): Raster {
  if (pixels.length !== size * size * 3) {
    throw new Error(`internal: a picture of ${size} x ${size} has ${size * size * 3} bytes, received ${pixels.length}`);
  }
  return { pixels, width: size, height: size };
}

/** The picture as a PNG file. */
export function encodePng({ pixels, width, height }: Raster): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // bits a channel, RGB, and the only compression, filter and interlace we write
  const lines = Buffer.alloc(height * (1 + 3 * width));
  for (let row = 0; row < height; row++) {
    lines.set(pixels.subarray(row * 3 * width, (row + 1) * 3 * width), row * (1 + 3 * width) + 1);
  }
  const signature = Buffer.of(137, 80, 78, 71, 13, 10, 26, 10);
  const data = deflateSync(lines, { level: 9 });
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

/** The picture as a `data:` address for an image element. */
export function dataAddress(raster: Raster): string {
  return `data:image/png;base64,${encodePng(raster).toString("base64")}`;
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** Cyclic redundancy check of ISO 3309, bit by bit over a table of one byte's remainders. */
function crc32(bytes: Buffer): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = (remainder >>> 8) ^ remainders[(remainder ^ byte) & 255];
  return (remainder ^ 0xffffffff) >>> 0;
}

const remainders = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder >>> 0;
});
