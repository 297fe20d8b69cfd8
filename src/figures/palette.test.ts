// The palettes' promises: contrast by WCAG 2.2 (1.4.3, 1.4.11); separation as the
// smallest OKLab distance (Ottosson 2020) between any two series colours seen with
// normal, protan, deutan and tritan sight (Machado et al. 2009, full severity).
import { describe, expect, test } from "vitest";
import { channels, cividis, dark, light, type Palette } from "./palette.ts";

const themes: [string, Palette, number][] = [
  ["light", light, 0.108],
  ["dark", dark, 0.131],
];

describe.each(themes)("the %s palette", (_, palette, separation) => {
  test("has seven series colours at 3:1 or more on the page and on cards", () => {
    expect(palette.series).toHaveLength(7);
    for (const colour of [...palette.series, palette.rule]) {
      expect(contrast(colour, palette.ground)).toBeGreaterThanOrEqual(3);
      expect(contrast(colour, palette.raised)).toBeGreaterThanOrEqual(3);
    }
  });

  test("has text at 4.5:1 or more on the page, on cards and on the mat", () => {
    for (const colour of [palette.ink, palette.muted]) {
      for (const ground of [palette.ground, palette.raised, palette.mat]) {
        expect(contrast(colour, ground)).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  test("keeps its series colours apart for normal, protan, deutan and tritan sight", () => {
    const least = Math.min(...Object.values(sights).map((sight) => leastDistance(palette.series, sight)));
    // Stated to three decimals in the palette's source.
    expect(least).toBeGreaterThanOrEqual(separation - 0.0005);
  });
});

test("the heat map's colours grow lighter from low to high, so that it reads in grey too", () => {
  const lightness = Array.from({ length: 101 }, (_, i) => luminance(cividis(i / 100)));
  lightness.slice(1).forEach((value, i) => {
    expect(value).toBeGreaterThan(lightness[i]);
  });
});

test("positions outside 0..1 take the colour of the nearer end", () => {
  expect(cividis(-1)).toBe(cividis(0));
  expect(cividis(2)).toBe("#fee838");
});

type Triple = readonly [number, number, number];

const sights: Record<string, readonly Triple[]> = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}; // biome-ignore format: three by three

function leastDistance(colours: readonly string[], sight: readonly Triple[]): number {
  const seen = colours.map((colour) => oklab(times(sight, linear(colour))));
  const distances = seen.flatMap((a, i) =>
    seen.slice(i + 1).map((b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])),
  );
  return Math.min(...distances);
}

function oklab(rgb: Triple): Triple {
  const cone = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    [Math.max(rgb[0], 0), Math.max(rgb[1], 0), Math.max(rgb[2], 0)],
  );
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    [Math.cbrt(cone[0]), Math.cbrt(cone[1]), Math.cbrt(cone[2])],
  );
}

function times(matrix: readonly Triple[], vector: Triple): Triple {
  const [a, b, c] = matrix.map((row) => row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2]);
  return [a, b, c];
}

function linear(colour: string): Triple {
  const [red, green, blue] = channels(colour).map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  return [red, green, blue];
}

function luminance(colour: string): number {
  const [red, green, blue] = linear(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return (high + 0.05) / (low + 0.05);
}
