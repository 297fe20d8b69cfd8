// Claims: padding keeps every set and its length, and refuses to cut; a random part is uniform and in order.

import { describe, expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { padTo, randomPart } from "./token-sets.ts";

const sets = { indices: Int32Array.of(3, 5, 8, 1, 0, 0), lengths: Int32Array.of(3, 1), tokens: 3 };

describe("padTo", () => {
  test("makes room with patch 0 and keeps the true lengths", () => {
    expect(padTo(sets, 5)).toEqual({
      indices: Int32Array.of(3, 5, 8, 0, 0, 1, 0, 0, 0, 0),
      lengths: Int32Array.of(3, 1),
      tokens: 5,
    });
  });

  test("clears what lies behind a set", () => {
    const untidy = { ...sets, indices: Int32Array.of(3, 5, 8, 1, 7, 7) };
    expect(padTo(untidy, 3)).toEqual(sets);
  });

  test("never cuts a set", () => {
    expect(() => padTo(sets, 2)).toThrow("internal: padTo(2) would cut a set of 3 patches");
  });
});

test("a random part keeps the order, and each element equally often", () => {
  const stream = randomStream(1, "part");
  const kept = new Map<number, number>();
  for (let draw = 0; draw < 4000; draw++) {
    const part = [...randomPart(Int32Array.of(2, 4, 6, 8), 2, stream)];
    expect(part).toEqual([...part].sort((a, b) => a - b));
    for (const element of part) kept.set(element, (kept.get(element) ?? 0) + 1);
  }
  // Each of 4 is kept in half of 4,000 draws: 2,000 with a standard deviation of 32; 5 of them are allowed.
  for (const element of [2, 4, 6, 8]) expect(Math.abs((kept.get(element) ?? 0) - 2000)).toBeLessThan(160);
});
