import { expect, test } from "vitest";
import { embedded } from "./drawing.ts";
import { serialise } from "./markup.ts";
import { reliabilityDiagram } from "./reliability-diagram.ts";

const before = { error: 0.2, bins: [{ count: 4, confidence: 1, accuracy: 0.8 }] };
const after = {
  error: 0.05,
  bins: [
    { count: 3, confidence: 0.5, accuracy: 0.5 },
    { count: 1, confidence: 0.9, accuracy: 1 },
  ],
};
const drawing = reliabilityDiagram({ name: "reliability", caption: "c", before, after });
const svg = serialise(embedded(drawing));

test("a dot of perfect calibration lies on the diagonal, and dots grow with their share by area", () => {
  const [, x1, x2, y1, y2] = (
    svg.match(/<line x1="(\S+)" x2="(\S+)" y1="(\S+)" y2="(\S+)" class="line-rule"/) ?? []
  ).map(Number);
  const full = [...svg.matchAll(/<circle cx="(\S+)" cy="(\S+)" r="(\S+)" class="series-1" fill-opacity/g)];
  const [[, x, y, large], [, , , small]] = full.map((match) => match.map(Number));
  expect([x, y]).toEqual([(x1 + x2) / 2, (y1 + y2) / 2]);
  expect(large / small).toBeCloseTo(Math.sqrt(3), 2);
});

test("the finding names both errors, and the table lists both series", () => {
  expect(drawing.title).toBe("Calibrated probabilities are off by 5.0% on average, 20.0% as fitted");
  expect(drawing.table?.rows).toEqual([
    ["as fitted", "4", "100.0%", "80.0%"],
    ["calibrated", "3", "50.0%", "50.0%"],
    ["calibrated", "1", "90.0%", "100.0%"],
  ]);
});
