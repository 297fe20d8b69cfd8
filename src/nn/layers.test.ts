import { expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { input, interpret, reachableNodes, slice, type Tensor } from "../tensor/index.ts";
import { costOfBlock } from "./block-cost.ts";
import { block } from "./layers.ts";
import { parameterBook } from "./scope.ts";

test("a block that is asked for the last tokens gives the same for them as one that answers all", () => {
  const [batch, tokens, width, from] = [2, 5, 8, 3];
  const book = parameterBook();
  const x = input("x", [batch * tokens, width]);
  const mask = input("mask", [batch, 1, 1, tokens]);
  const [whole, last] = [0, from].map((first) => block(book.root, x, { batch, heads: 2, mask, from: first }));
  expect(last.shape).toEqual([batch * (tokens - from), width]);
  const random = randomStream(5, "values");
  const values = Object.fromEntries(
    reachableNodes([whole]).flatMap((node) =>
      node.kind === "input"
        ? [
            [
              node.name,
              Array.from({ length: node.outputs[0].shape.reduce((a, b) => a * b, 1) }, () => random.uniform() - 0.5),
            ],
          ]
        : [],
    ),
  );
  const rows = (y: Tensor) => interpret([y], values)[0];
  const expected = Array.from({ length: batch }, (_, sequence) =>
    slice(whole, { axis: 0, from: sequence * tokens + from, to: (sequence + 1) * tokens }),
  ).flatMap((y) => [...rows(y)]);
  const got = [...rows(last)];
  expect(got).toHaveLength(expected.length);
  for (const [at, value] of got.entries()) expect(value).toBeCloseTo(expected[at], 12);
});

test("the cost of a block is what its graph multiplies", () => {
  const [batch, tokens, width] = [1, 5, 8];
  for (const from of [0, 3]) {
    const y = block(parameterBook().root, input("x", [batch * tokens, width]), { batch, heads: 2, ratio: 3, from });
    const flops = reachableNodes([y]).reduce((sum, { kind, ...node }) => {
      if (kind !== "operation" || !("operation" in node)) return sum;
      const isProduct = ["affine", "attention"].includes(node.operation.name);
      return isProduct ? sum + node.operation.flops(node) : sum;
    }, 0);
    expect(costOfBlock(tokens, tokens - from, { width, ratio: 3 })).toBe(flops / 2);
  }
});
