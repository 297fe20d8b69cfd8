import fc from "fast-check";
import { expect, test } from "vitest";
import { layOutGraph, type Point } from "./layered-layout.ts";
import { levelsOf } from "./layered-levels.ts";
import { crossings, orderLevels } from "./layered-order.ts";
import { nearestInOrder } from "./layered-places.ts";

const gaps = { across: 20, down: 30 };

/** 2 to 16 boxes, some of them circles, with arrows from earlier to later ones. */
const graphs = fc
  .array(
    fc.record({
      width: fc.integer({ min: 20, max: 200 }),
      height: fc.integer({ min: 20, max: 60 }),
      round: fc.boolean(),
    }),
    { minLength: 2, maxLength: 16 },
  )
  .chain((boxes) => {
    const link = fc.tuple(fc.nat(boxes.length - 1), fc.nat(boxes.length - 1)).filter(([a, b]) => a !== b);
    const arrows = fc.uniqueArray(link, { maxLength: 24, selector: ([a, b]) => `${Math.min(a, b)} ${Math.max(a, b)}` });
    return fc.tuple(
      fc.constant(
        boxes.map((box) =>
          box.round ? { width: 22, height: 22, round: true } : { width: box.width, height: box.height },
        ),
      ),
      arrows.map((links) => links.map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b), label: `${a % 2}` }))),
    );
  });

test("boxes keep their distance, arrows point down, and no line runs through a box that it doesn't belong to", () => {
  fc.assert(
    fc.property(graphs, ([boxes, arrows]) => {
      const layout = layOutGraph(boxes, arrows, gaps);
      const sides = layout.boxes.map(({ x, y }, i) => {
        const { width, height } = boxes[i];
        return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
      });
      // 1e-6 pixels: places are sums of widths in floating point.
      const slack = 1e-6;
      for (const [i, a] of sides.entries()) {
        expect(a.left).toBeGreaterThan(-slack);
        expect(a.right).toBeLessThan(layout.width + slack);
        for (const b of sides.slice(i + 1)) {
          const beside = a.right + gaps.across < b.left + slack || b.right + gaps.across < a.left + slack;
          expect(beside || a.bottom < b.top || b.bottom < a.top).toBe(true);
        }
      }
      for (const [i, { from, to }] of arrows.entries()) {
        const way = layout.lines[i];
        expect(sides[from].bottom).toBeLessThan(sides[to].top);
        expect(way[0].y).toBeCloseTo(sides[from].bottom, 6);
        for (const [a, b] of straightParts(way)) {
          const crossed = sides.filter(
            (side, box) =>
              box !== from &&
              box !== to &&
              Math.max(a.x, b.x) > side.left + slack &&
              Math.min(a.x, b.x) < side.right - slack &&
              Math.max(a.y, b.y) > side.top + slack &&
              Math.min(a.y, b.y) < side.bottom - slack,
          );
          expect(crossed).toEqual([]);
        }
      }
    }),
  );
});

function straightParts(way: readonly Point[]): [Point, Point][] {
  return way.slice(1).flatMap((b, i): [Point, Point][] => (b.x === way[i].x || b.y === way[i].y ? [[way[i], b]] : []));
}

test("a level is below the longest way to it, and a side branch stands close to where it joins", () => {
  // 0 > 1 > 2 > 3 > 4 is the long way; 5 > 6 joins it at 4.
  const links = [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [5, 6],
    [6, 4],
  ].map(([from, to]) => ({ from, to }));
  expect(levelsOf(7, links)).toEqual([0, 1, 2, 3, 4, 2, 3]);
});

test("arrows in a circle are refused as a fault of ours", () => {
  expect(() =>
    levelsOf(2, [
      { from: 0, to: 1 },
      { from: 1, to: 0 },
    ]),
  ).toThrow("internal");
});

test("a chain stands in one column, a line past it runs straight", () => {
  const boxes = [90, 30, 130, 60].map((width) => ({ width, height: 30 }));
  const arrows = [
    [0, 1],
    [1, 2],
    [2, 3],
    [0, 3],
  ].map(([from, to]) => ({ from, to, label: "" }));
  const { boxes: places, lines } = layOutGraph(boxes, arrows, gaps);
  expect(new Set(places.map(({ x }) => x.toFixed(3))).size).toBe(1);
  expect(new Set(lines[3].slice(2, -2).map(({ x }) => x.toFixed(0))).size).toBe(1);
});

test("ordering undoes crossings that can be undone, and never adds any", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 7 }).chain((n) => fc.shuffledSubarray([...Array(n).keys()], { minLength: n })),
      (order) => {
        // Each stop of the upper level is joined to one of the lower: an order without crossings exists.
        const n = order.length;
        const stops = [
          ...order.map((other) => ({ level: 0, up: [], down: [n + other] })),
          ...order.map((_, i) => ({ level: 1, up: [order.indexOf(i)], down: [] })),
        ];
        const levels = [[...Array(n).keys()], [...Array(n).keys()].map((i) => n + i)];
        expect(crossings(stops, orderLevels(stops, levels))).toBe(0);
      },
    ),
  );
});

test("the nearest sequence in order is the best of all, as its optimality conditions say", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 9 })), {
        minLength: 1,
        maxLength: 12,
      }),
      (pulls) => {
        const [wanted, weights] = [pulls.map(([place]) => place), pulls.map(([, weight]) => weight)];
        const found = nearestInOrder(wanted, weights);
        const cost = (places: readonly number[]) =>
          places.reduce((sum, place, i) => sum + weights[i] * (place - wanted[i]) ** 2, 0);
        for (const [i, place] of found.entries()) if (i > 0) expect(place).toBeGreaterThanOrEqual(found[i - 1]);
        // Moving any end of the sequence up, or any beginning down, by a little keeps the order and must not help.
        for (let i = 0; i < found.length; i++) {
          expect(cost(found.map((place, k) => (k >= i ? place + 0.01 : place)))).toBeGreaterThanOrEqual(
            cost(found) - 1e-9,
          );
          expect(cost(found.map((place, k) => (k <= i ? place - 0.01 : place)))).toBeGreaterThanOrEqual(
            cost(found) - 1e-9,
          );
        }
      },
    ),
  );
});
