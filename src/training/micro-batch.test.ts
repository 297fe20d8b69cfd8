import { expect, test } from "vitest";
import { chooseMicroBatch } from "./micro-batch.ts";

test.each([
  ["ViT-S/16 at 224, batch 16", 16, 196, 8],
  ["ViT-B/16 at 224, batch 8", 8, 196, 8],
  ["32 x 32 pictures in patches of 4, batch 64", 64, 64, 32],
  ["a picture of more rows than enough", 8, 10_000, 1],
  ["a batch that is prime", 13, 196, 1],
])("%s is computed in parts of enough rows", (_, batch, tokens, expected) => {
  expect(chooseMicroBatch({ batch, tokens })).toBe(expected);
});
