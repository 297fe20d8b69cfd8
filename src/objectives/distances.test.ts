import { expect, test } from "vitest";
import { gradients, input, interpret, sum } from "../tensor/index.ts";
import { distances } from "./distances.ts";

const [p, t] = [input("p", [5]), input("t", [5])];
const values = { p: [0.5, 2, -3, 0, -0.25], t: [0, 0, 0, 0, 0] };

test.each([
  ["smooth_l1", [0.125, 1.5, 2.5, 0, 0.03125], [0.5, 1, -1, 0, -0.25]],
  ["l2", [0.25, 4, 9, 0, 0.0625], [1, 4, -6, 0, -0.5]],
  ["l1", [0.5, 2, 3, 0, 0.25], [1, 1, -1, 0, -1]],
] as const)("%s has its values and its slopes", (name, expected, slopes) => {
  const distance = distances[name](p, t);
  const [dp, dt] = gradients(sum(distance), [p, t]);
  const [got, gotP, gotT] = interpret([distance, dp, dt], values);
  expect([...got]).toEqual(expected);
  expect([...gotP]).toEqual(slopes);
  expect([...gotT].map((slope) => -slope + 0)).toEqual(slopes);
});
