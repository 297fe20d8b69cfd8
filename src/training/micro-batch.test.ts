import { expect, test } from "vitest";
import { chooseMicroBatch } from "./micro-batch.ts";

test.each([
  ["ViT-S/16 at 224, batch 16", 16, 196 * 384, 8],
  ["ViT-B/16 at 224, batch 8", 8, 196 * 768, 4],
  ["a small encoder on CIFAR-10, batch 64", 64, 64 * 192, 64],
  ["a picture that fits no cache", 8, 10_000_000, 1],
  ["a batch that is prime", 13, 100_000, 1],
])("%s is computed in parts that stay in the cache", (_, batch, elementsPerPicture, expected) => {
  expect(chooseMicroBatch({ batch, elementsPerPicture })).toBe(expected);
});
