import { expect, test } from "vitest";
import { maskChoices } from "./mask-choices.ts";

const sets = (rows: number[][], tokens: number) => ({
  indices: Int32Array.from(rows.flatMap((row) => [...row, ...new Array(tokens - row.length).fill(0)])),
  lengths: Int32Array.from(rows, (row) => row.length),
  tokens,
});
const masks = {
  context: sets(
    [
      [1, 2, 3],
      [4, 5],
    ],
    3,
  ),
  targets: [sets([[6], [7, 8]], 2), sets([[9, 10], [11]], 2)],
  contextDraws: 0,
  relaxations: 0,
};

test("weights of real target tokens add up to one over the width, padding weighs nothing", () => {
  const { weights } = maskChoices(masks, { batch: 2, width: 4, padded: true }, 0, 2);
  const share = Math.fround(1 / (4 * 6));
  expect([...weights.values]).toEqual([share, 0, share, share, share, share, share, 0]);
});

test("a micro-batch holds its pictures of every set, block outermost", () => {
  const { targetTokens, contextTokens } = maskChoices(masks, { batch: 2, width: 4, padded: true }, 1, 2);
  expect([targetTokens.shape, [...targetTokens.values]]).toEqual([
    [2, 2],
    [7, 8, 11, 0],
  ]);
  expect([contextTokens.shape, [...contextTokens.values]]).toEqual([
    [1, 3],
    [4, 5, 0],
  ]);
});

test("attention masks close padding, in the encoder and in the predictor's joined sequence", () => {
  const { contextMask, predictorMask } = maskChoices(masks, { batch: 2, width: 4, padded: true }, 0, 2);
  const open = (values: ArrayLike<number>) => Array.from(values, (value) => (value === 0 ? 1 : 0));
  expect([contextMask.shape, open(contextMask.values)]).toEqual([
    [2, 1, 1, 3],
    [1, 1, 1, 1, 1, 0],
  ]);
  expect(open(predictorMask.values)).toEqual([1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0]);
  expect(Math.exp(Math.min(...predictorMask.values))).toBe(0);
});
