import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../random/index.ts";
import { centreSquare, randomResizedBox } from "./crops.ts";

const sides = fc.integer({ min: 1, max: 700 });
const scales = fc
  .tuple(fc.double({ min: 0.01, max: 1, noNaN: true }), fc.double({ min: 0.01, max: 1, noNaN: true }))
  .map(([a, b]): [number, number] => {
    return [Math.min(a, b), Math.max(a, b)];
  });

describe("randomResizedBox", () => {
  it("lies within the picture and holds at least one pixel", () => {
    fc.assert(
      fc.property(fc.integer(), sides, sides, scales, (seed, width, height, scale) => {
        const box = randomResizedBox(randomStream(seed), width, height, scale);
        expect([box.left, box.top, box.width, box.height].every(Number.isInteger)).toBe(true);
        expect(Math.min(box.left, box.top)).toBeGreaterThanOrEqual(0);
        expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(1);
        expect(box.left + box.width).toBeLessThanOrEqual(width);
        expect(box.top + box.height).toBeLessThanOrEqual(height);
      }),
    );
  });

  it("takes shares of the area evenly within the scale, and aspect ratios evenly on a logarithmic scale", () => {
    // A small scale in a large picture always fits, so neither rejection nor rounding bends the distribution.
    const draws = Array.from({ length: 4000 }, (_, index) => {
      const { width, height } = randomResizedBox(randomStream(3, index), 10_000, 10_000, [0.1, 0.4]);
      return { share: (width * height) / 1e8, aspect: width / height };
    });
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    // Standard deviations of the means: 0.3 / sqrt(12 * 4000) =
    // 0.0014 and 2 ln(4/3) / sqrt(12 * 4000) = 0.0026. Four of each.
    expect(Math.abs(mean(draws.map(({ share }) => share)) - 0.25)).toBeLessThan(0.0055);
    expect(Math.abs(mean(draws.map(({ aspect }) => Math.log(aspect))))).toBeLessThan(0.0105);
    expect(Math.min(...draws.map(({ share }) => share))).toBeGreaterThan(0.0999);
    expect(Math.max(...draws.map(({ share }) => share))).toBeLessThan(0.4001);
    expect(Math.min(...draws.map(({ aspect }) => aspect))).toBeGreaterThan(0.7499);
    expect(Math.max(...draws.map(({ aspect }) => aspect))).toBeLessThan(1.3335);
  });

  it("puts boxes at every place where they fit", () => {
    const places = new Set<number>();
    for (let index = 0; index < 400; index++) {
      const { left, width } = randomResizedBox(randomStream(8, index), 8, 8, [0.25, 0.25]);
      if (width === 4) places.add(left);
    }
    expect([...places].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it("falls back to the largest centred box of an allowed aspect ratio where no draw fits", () => {
    expect(randomResizedBox(randomStream(1), 100, 10, [1, 1])).toEqual({ left: 43, top: 0, width: 13, height: 10 });
    expect(randomResizedBox(randomStream(1), 10, 100, [1, 1])).toEqual({ left: 0, top: 43, width: 10, height: 13 });
    expect(randomResizedBox(randomStream(1), 1, 1, [0.01, 0.01])).toEqual({ left: 0, top: 0, width: 1, height: 1 });
  });
});

describe("centreSquare", () => {
  it("is the largest square in the middle", () => {
    expect(centreSquare(10, 7)).toEqual({ left: 1, top: 0, width: 7, height: 7 });
    expect(centreSquare(7, 10)).toEqual({ left: 0, top: 1, width: 7, height: 7 });
    expect(centreSquare(32, 32)).toEqual({ left: 0, top: 0, width: 32, height: 32 });
  });
});
