import { expect, test } from "vitest";
import { chooseMicroBatch, chooseTeacherBatch } from "./micro-batch.ts";

test.each([
  ["ViT-S/16 at 224, batch 16: by its rows and its cache", 16, 196, 384, 8],
  ["ViT-B/16 at 224, batch 8: by its rows", 8, 196, 768, 8],
  ["32 x 32 pictures in patches of 4, batch 64: by its cache", 64, 64, 192, 64],
  ["a picture that fits no cache and has more rows than enough", 8, 10_000, 1000, 1],
  ["a batch that is prime", 13, 196, 768, 1],
])("%s", (_, batch, tokens, width, expected) => {
  expect(chooseMicroBatch({ batch, tokens, elementsPerPicture: tokens * width })).toBe(expected);
});

test.each([
  ["as many rows as are enough, where the micro-batch has more", 64, 64, 32],
  ["the micro-batch, where it has no more", 8, 196, 8],
  ["one picture, where it alone has more", 2, 10_000, 1],
  ["the micro-batch, where its divisors leave far fewer rows", 37, 64, 37],
])("the teacher sees %s", (_, microBatch, tokens, expected) => {
  expect(chooseTeacherBatch({ microBatch, tokens })).toBe(expected);
});
