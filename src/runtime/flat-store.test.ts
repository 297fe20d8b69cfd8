import fc from "fast-check";
import { expect, test } from "vitest";
import { layOut, viewOf } from "./flat-store.ts";

const entries = [
  { name: "a", shape: [3, 5], group: "first" },
  { name: "b", shape: [7], group: "second" },
  { name: "c", shape: [20], group: "first" },
];

test("groups are whole chunks in the order they first appear, entries start at cache lines", () => {
  const layout = layOut(entries, 64);
  expect([...layout.groups]).toEqual([
    ["first", { start: 0, end: 64 }],
    ["second", { start: 64, end: 128 }],
  ]);
  expect([...layout.entries.values()].map(({ name, offset, length }) => [name, offset, length])).toEqual([
    ["a", 0, 15],
    ["c", 16, 20],
    ["b", 64, 7],
  ]);
  expect(layout.length).toBe(128);
});

test("a view is the buffer's own memory, whole or in part", () => {
  const layout = layOut(entries, 64);
  const buffer = new Float32Array(layout.length);
  viewOf(buffer, layout, "b").fill(2);
  viewOf(buffer, layout, "a", 5, 5).fill(1);
  expect([...buffer.subarray(64, 72)]).toEqual([2, 2, 2, 2, 2, 2, 2, 0]);
  expect([...buffer.subarray(0, 16)]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
});

test("no two entries overlap, whatever their sizes and groups", () => {
  const entry = fc.record({ size: fc.integer({ min: 1, max: 100 }), group: fc.constantFrom("x", "y", "z") });
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 20 }), fc.constantFrom(16, 64, 256), (list, chunk) => {
      const layout = layOut(
        list.map(({ size, group }, i) => ({ name: `${i}`, shape: [size], group })),
        chunk,
      );
      const owners = new Int32Array(layout.length);
      for (const { offset, length } of layout.entries.values()) {
        for (let i = offset; i < offset + length; i++) owners[i]++;
      }
      expect(Math.max(...owners)).toBe(1);
      expect(layout.length % chunk).toBe(0);
    }),
  );
});
