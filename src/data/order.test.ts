import { expect, it } from "vitest";
import { stepOrder } from "./order.ts";

it("stepOrder shows every picture at most once an epoch, and drops the last, incomplete batch", () => {
  const at = stepOrder(10, 3, 1);
  for (const epoch of [0, 1, 2]) {
    const steps = [0, 1, 2].map((step) => at(epoch * 3 + step));
    expect(steps.map((step) => step.epoch)).toEqual([epoch, epoch, epoch]);
    const indices = steps.flatMap((step) => [...step.indices]);
    expect(new Set(indices).size).toBe(9);
    expect(indices.every((index) => index >= 0 && index < 10)).toBe(true);
  }
});

it("stepOrder orders each epoch anew, and leaves out another picture each time in the long run", () => {
  const at = stepOrder(10, 3, 1);
  const epochs = Array.from({ length: 60 }, (_, epoch) =>
    [0, 1, 2].flatMap((step) => [...at(epoch * 3 + step).indices]),
  );
  expect(new Set(epochs.map((order) => order.join())).size).toBe(60);
  const dropped = new Set(epochs.map((order) => 45 - order.reduce((sum, index) => sum + index, 0)));
  expect([...dropped].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it("stepOrder answers the same whatever was asked before, and otherwise for another seed", () => {
  const forward = stepOrder(50, 8, 4);
  const asked = [0, 1, 2, 3, 4, 5, 6, 20].map((step) => [...forward(step).indices]);
  const backward = stepOrder(50, 8, 4);
  const again = [20, 6, 5, 4, 3, 2, 1, 0].map((step) => [...backward(step).indices]).reverse();
  expect(again).toEqual(asked);
  expect([...stepOrder(50, 8, 5)(0).indices]).not.toEqual(asked[0]);
});
