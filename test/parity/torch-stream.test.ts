// Claim: the first draws of PyTorch's generator, as its users see them printed.

import { expect, test } from "vitest";
import { torchStream } from "./torch-stream.ts";

test.each([
  [0, 0.4962566, 0.7682218],
  [1, 0.7576316, 0.2793109],
  [2, 0.6146951, 0.3810129],
])("seed %d starts with %d and %d", (seed, first, second) => {
  const stream = torchStream(seed);
  expect(stream.uniform()).toBeCloseTo(first, 7);
  expect(stream.uniform()).toBeCloseTo(second, 7);
});

test("the 10,000th word of seed 5489 is the one that the generator's authors publish", () => {
  const stream = torchStream(5489);
  for (let word = 1; word < 10_000; word++) stream.u32();
  expect(stream.u32()).toBe(4_123_659_995);
});
