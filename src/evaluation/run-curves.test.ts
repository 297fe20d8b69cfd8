// Claims: columns keep their places where lines lack a number; time is that of the
// logged steps; collapse is a warning while it lasts and a note when it has passed.

import { expect, test } from "vitest";
import type { RunSummary } from "../runs/index.ts";
import { type CollapseMonitor, collapseNotices, curvesOf, minutesOf, probesOf, stateNotices } from "./run-curves.ts";

const monitor: CollapseMonitor = {
  limits: { targetStd: 0.5, rank: 2 },
  warning: ({ targetStd }) => (targetStd < 0.5 ? "it is collapsing" : undefined),
};
const line = (step: number, targetStd: number | null) => ({ step, loss: 1 / step, targetStd, rank: 9 });

test("a number that a line lacks is NaN in its column, and a column that all lack is left out", () => {
  const curves = curvesOf([line(1, 0.9), line(2, null)], monitor.limits);
  expect(curves).toEqual({
    step: Float64Array.of(1, 2),
    loss: Float64Array.of(1, 0.5),
    targetStd: Float64Array.of(0.9, Number.NaN),
    rank: Float64Array.of(9, 9),
    limits: monitor.limits,
  });
});

test("probes are the lines that have one; without any there are none", () => {
  expect(probesOf([line(1, 0.9), { ...line(2, 0.9), probe: 0.4 }, { ...line(3, 0.9), probe: 0.5 }])).toMatchObject({
    step: [2, 3],
    linear: Float64Array.of(0.4, 0.5),
  });
  expect(probesOf([line(1, 0.9)])).toBeUndefined();
});

test("time is steps times batch over pace, line by line", () => {
  const paced = [
    { step: 10, imagesPerSecond: 2 },
    { step: 40, imagesPerSecond: 4 },
    { step: 50, imagesPerSecond: null },
  ];
  // 10 * 12 / 2 + 30 * 12 / 4 = 150 seconds
  expect(minutesOf(paced, 12)).toBe(2.5);
  expect(minutesOf([], 12)).toBe(0);
});

test.each([
  ["that lasts is a warning from its last beginning", [0.1, 0.9, 0.2, 0.1], [{ level: "warning", step: 3 }]],
  ["from the first line on too", [0.1, 0.1], [{ level: "warning", step: 1 }]],
  ["that passed is a note", [0.9, 0.2, 0.9], [{ level: "note", step: 2 }]],
  ["that never was is nothing", [0.9, 0.8], []],
])("a collapse %s", (_, spreads, expected) => {
  const notices = collapseNotices(
    spreads.map((spread, i) => line(i + 1, spread)),
    monitor,
  );
  expect(notices).toMatchObject(expected);
  expect(notices).toHaveLength(expected.length);
});

test("a failed run says why, and one that is not finished how to go on", () => {
  const summary: RunSummary = { name: "a", folder: "runs/a", status: "failed", reason: "no room", step: 3, created: 0 };
  expect(stateNotices(summary)).toMatchObject([{ level: "failure", text: "No room", remedy: /resume a/ }]);
  expect(stateNotices({ ...summary, status: "stopped" })).toMatchObject([{ level: "note" }]);
  expect(stateNotices({ ...summary, status: "finished" })).toEqual([]);
});
