import { expect, test } from "vitest";
import { input, interpret } from "../tensor/index.ts";
import { normalisePixels, patchesOf, takeTokens } from "./patches.ts";

test("patches are rows of pixels, a pixel's channels side by side, in raster order", () => {
  const pictures = input("pictures", [1, 4, 4, 2]);
  const values = { pictures: Array.from({ length: 32 }, (_, i) => i) };
  const [patches] = interpret([patchesOf(pictures, 2)], values);
  expect([...patches.subarray(0, 8)]).toEqual([0, 1, 2, 3, 8, 9, 10, 11]);
  expect([...patches.subarray(8, 16)]).toEqual([4, 5, 6, 7, 12, 13, 14, 15]);
});

test("a side that is no multiple of the patch is refused by name", () => {
  expect(() => patchesOf(input("pictures", [1, 6, 4, 3]), 4)).toThrow(
    /sides that are multiples of the patch 4, received 6 x 4/,
  );
});

test("bytes become ImageNet's normalised numbers", () => {
  const [numbers] = interpret([normalisePixels(input("p", [1, 1, 1, 3], "u8"))], { p: [0, 128, 255] });
  expect(numbers[0]).toBeCloseTo(-0.485 / 0.229, 10);
  expect(numbers[1]).toBeCloseTo((128 / 255 - 0.456) / 0.224, 10);
  expect(numbers[2]).toBeCloseTo((1 - 0.406) / 0.225, 10);
});

test("tokens are taken from their own picture, set by set", () => {
  const x = input("x", [2, 3, 1]);
  const tokens = input("tokens", [4, 2], "i32");
  const [taken] = interpret([takeTokens(x, tokens)], { x: [0, 1, 2, 10, 11, 12], tokens: [0, 2, 1, 1, 2, 0, 0, 2] });
  expect([...taken]).toEqual([0, 2, 11, 11, 2, 0, 10, 12]);
});
