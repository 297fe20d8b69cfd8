import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Box, cropResizer, mirror } from "./resample.ts";

/** A picture of formula values [height, width, 3], as in the script that made Pillow's answers. */
function formulaPicture(width: number, height: number): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const channel = at % 3;
    const x = Math.floor(at / 3) % width;
    const y = Math.floor(at / 3 / width);
    return (x * x * 37 + y * 91 + channel * 53 + x * y * 17) % 256;
  });
}

function resized(pixels: Uint8Array, width: number, box: Box, side: number): Uint8Array {
  const into = new Uint8Array(side * side * 3);
  cropResizer({ width: side, height: side })(pixels, width, box, into);
  return into;
}

/** The definition in float64: for each output the mean of the inputs, weighted by the triangle around its centre. */
function byDefinition(pixels: Uint8Array, width: number, box: Box, side: number): number[] {
  const weight = (input: number, output: number, length: number) => {
    const scale = length / side;
    return Math.max(0, 1 - Math.abs(input + 0.5 - (output + 0.5) * scale) / Math.max(1, scale));
  };
  return Array.from({ length: side * side * 3 }, (_, at) => {
    const column = Math.floor(at / 3) % side;
    const row = Math.floor(at / 3 / side);
    let sum = 0;
    let total = 0;
    for (let y = 0; y < box.height; y++) {
      for (let x = 0; x < box.width; x++) {
        const share = weight(x, column, box.width) * weight(y, row, box.height);
        sum += share * (pixels[((box.top + y) * width + box.left + x) * 3 + (at % 3)] ?? 0);
        total += share;
      }
    }
    return sum / total;
  });
}

const boxes = fc
  .record({
    left: fc.nat(8),
    top: fc.nat(6),
    width: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 7 }),
  })
  .map(({ left, top, width, height }) => ({
    left,
    top,
    width: Math.min(width, 9 - left),
    height: Math.min(height, 7 - top),
  }));

describe("cropResizer", () => {
  it("gives the bytes of Pillow 12.3 (crop, then resize with BILINEAR), shrinking and growing", () => {
    const pixels = formulaPicture(9, 7);
    expect([...resized(pixels, 9, { left: 1, top: 0, width: 8, height: 5 }, 3)]).toEqual([
      105, 123, 176, 134, 114, 122, 100, 84, 125, 140, 120, 173, 168, 130, 138, 150, 139, 98, 135, 108, 161, 130, 120,
      139, 137, 116, 160,
    ]);
    expect([...resized(pixels, 9, { left: 2, top: 1, width: 5, height: 3 }, 4)]).toEqual([
      68, 57, 110, 227, 24, 77, 145, 91, 144, 203, 64, 117, 109, 138, 191, 160, 117, 170, 184, 103, 156, 201, 142, 75,
      109, 138, 191, 136, 133, 186, 174, 134, 130, 175, 188, 97, 70, 59, 112, 163, 67, 120, 120, 173, 76, 133, 186, 175,
    ]);
  });

  it("is the weighted mean of its definition", () => {
    const pixels = formulaPicture(9, 7);
    fc.assert(
      fc.property(boxes, fc.integer({ min: 1, max: 14 }), (box, side) => {
        const expected = byDefinition(pixels, 9, box, side);
        // Each of the two passes rounds to a whole number: at most 0.5 in the first, averaged, and 0.5 in the second.
        resized(pixels, 9, box, side).forEach((value, at) => {
          expect(Math.abs(value - (expected[at] ?? 0))).toBeLessThan(1.01);
        });
      }),
    );
  });

  it("cuts without change where nothing is resized", () => {
    const pixels = formulaPicture(9, 7);
    const cut = resized(pixels, 9, { left: 4, top: 2, width: 5, height: 5 }, 5);
    for (let row = 0; row < 5; row++) {
      const from = ((row + 2) * 9 + 4) * 3;
      expect([...cut.subarray(row * 15, row * 15 + 15)]).toEqual([...pixels.subarray(from, from + 15)]);
    }
  });

  it("keeps black black and white white at every size, without overflow", () => {
    for (const value of [0, 255]) {
      const flat = new Uint8Array(31 * 23 * 3).fill(value);
      for (const side of [1, 2, 7, 64]) {
        expect(new Set(resized(flat, 31, { left: 0, top: 0, width: 31, height: 23 }, side))).toEqual(new Set([value]));
      }
    }
  });

  it("gives the same bytes whatever it was used for before", () => {
    const pixels = formulaPicture(9, 7);
    const used = cropResizer({ width: 4, height: 4 });
    const into = new Uint8Array(48);
    used(pixels, 9, { left: 0, top: 0, width: 9, height: 7 }, into);
    const box = { left: 3, top: 1, width: 2, height: 6 };
    used(pixels, 9, box, into);
    expect(into).toEqual(resized(pixels, 9, box, 4));
  });
});

describe("mirror", () => {
  it("swaps left and right and keeps rows and colours", () => {
    const pixels = Uint8Array.from({ length: 27 }, (_, at) => at);
    mirror(pixels, 3);
    const rows = [0, 9, 18].flatMap((row) => [6, 7, 8, 3, 4, 5, 0, 1, 2].map((at) => row + at));
    expect([...pixels]).toEqual(rows);
  });

  it("undoes itself", () => {
    for (const side of [1, 4, 5]) {
      const pixels = formulaPicture(side, side);
      mirror(pixels, side);
      mirror(pixels, side);
      expect(pixels).toEqual(formulaPicture(side, side));
    }
  });
});
