import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { encodePng, squareRaster } from "./raster.ts";

test("another decoder reads back every pixel that was written", async () => {
  const picture = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
    .chain(([width, height]) =>
      fc
        .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
        .map((pixels) => ({ pixels, width, height })),
    );
  await fc.assert(
    fc.asyncProperty(picture, async (raster) => {
      const { data, info } = await sharp(encodePng(raster)).raw().toBuffer({ resolveWithObject: true });
      expect(info).toMatchObject({ width: raster.width, height: raster.height, channels: 3 });
      expect(new Uint8Array(data)).toEqual(raster.pixels);
    }),
    { numRuns: 20 },
  );
});

test("bytes that do not make a square picture are our fault and say so", () => {
  expect(() => squareRaster(new Uint8Array(10), 2)).toThrow(/internal: a picture of 2 x 2 has 12 bytes, received 10/);
});
