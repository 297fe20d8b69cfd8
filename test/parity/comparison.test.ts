// Claims: a difference that cannot be measured never passes, and a report counts whatever is missing as failed.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checks } from "./checks.ts";
import { agrees, largestDifference, relativeDifference, worstOf } from "./comparison.ts";
import { report } from "./report.ts";

describe("differences", () => {
  test("are the largest, absolute or as a share of the largest expected number", () => {
    expect(largestDifference([1, 5, 2], [1, 2, 4])).toBe(3);
    expect(relativeDifference([1, 5, 2], [1, 2, 4])).toBe(0.75);
    expect(relativeDifference([0.5], [0])).toBe(0.5);
    expect(largestDifference([3], BigInt64Array.of(5n))).toBe(2);
  });

  test.each([
    ["another length", [1, 2], [1]],
    ["nothing", [], []],
    ["not a number in ours", [Number.NaN, 1], [0, 1]],
    ["not a number in theirs", [0, 1], [0, Number.NaN]],
  ])("of %s agree with no tolerance", (_, ours, theirs) => {
    expect(agrees({ name: "", difference: largestDifference(ours, theirs), tolerance: 1e9 })).toBe(false);
  });
});

test("the worst of a group is the one that goes furthest beyond its own tolerance", () => {
  const close = { name: "close", difference: 5, tolerance: 10 };
  const far = { name: "far", difference: 2, tolerance: 1 };
  expect(worstOf("group", [close, far])).toEqual({ ...far, name: "group (2, worst far)" });
  expect(agrees(worstOf("group", []))).toBe(false);
});

test("without fixtures every check fails, none is skipped", async () => {
  const empty = await mkdtemp(join(tmpdir(), "no-goldens-"));
  const lines: string[] = [];
  const failed = await report(empty, checks, (line) => lines.push(line));
  await rm(empty, { recursive: true });
  expect(failed).toBe(checks.length);
  expect(lines).toHaveLength(checks.length + 1);
  expect(lines.at(-1)).toBe(`0 passed, ${checks.length} failed`);
});
