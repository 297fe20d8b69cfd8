import sharp from "sharp";
import { expect, test } from "vitest";
import { scoreChart } from "./bar-chart.ts";
import { contactSheet } from "./contact-sheet.ts";
import { type Drawing, drawingPng, embedded, standaloneSvg } from "./drawing.ts";
import { heatMap } from "./heat-map.ts";
import { lineChart } from "./line-chart.ts";
import { serialise } from "./markup.ts";
import { cividis } from "./palette.ts";

const step = Float64Array.from({ length: 100 }, (_, i) => 10 * i);
const noisy = step.map((place, i) => 1 - place / 2000 + (i % 2 === 0 ? 0.01 : -0.01));
const loss = {
  name: "loss",
  title: "Loss fell",
  caption: "As logged.",
  xName: "training step",
  yName: "loss",
  x: step,
};

const svg = (drawing: Drawing) => serialise(embedded(drawing));

test("a noisy line is drawn twice, raw and faint below its smoothed self, and an exact one once", () => {
  const lines = [{ name: "loss", y: noisy }];
  const smooth = svg(lineChart({ ...loss, lines }));
  expect(smooth.match(/<path[^>]*line-series-1/g)).toHaveLength(2);
  expect(smooth.indexOf("stroke-opacity")).toBeLessThan(smooth.indexOf('stroke-width="2.25"'));
  expect(svg(lineChart({ ...loss, lines, exact: true })).match(/<path[^>]*line-series-1/g)).toHaveLength(1);
});

test("few measurements are dots, steps that measured nothing are left out of line and table", () => {
  const y = step.map((place) => (place % 250 === 0 ? 0.5 : Number.NaN));
  const drawing = lineChart({ ...loss, lines: [{ name: "probe", y }] });
  expect(svg(drawing).match(/<circle/g)).toHaveLength(4);
  expect(drawing.table?.rows.map(([place]) => place)).toEqual(["0", "250", "500", "750"]);
});

test("a floor is a labelled line, inside the axis even where no measurement comes near it", () => {
  const y = step.map(() => 0.9);
  const drawing = lineChart({ ...loss, lines: [{ name: "probe", y }], floors: [{ name: "raw pixels", value: 0.1 }] });
  const [, floorY = ""] = svg(drawing).match(/y1="([\d.]+)" y2="[\d.]+" class="line-rule" stroke-dasharray/) ?? [];
  expect(Number(floorY)).toBeGreaterThan(30);
  expect(Number(floorY)).toBeLessThanOrEqual(drawing.height - 42);
  expect(svg(drawing)).toContain(">raw pixels 0.1</text>");
});

test("the table of a long line is a dozen rows with both ends, and says what it leaves out", () => {
  const { table } = lineChart({ ...loss, lines: [{ name: "loss", y: noisy }] });
  expect(table?.rows).toHaveLength(12);
  expect(table?.rows.at(0)?.[0]).toBe("0");
  expect(table?.rows.at(-1)?.[0]).toBe("990");
  expect(table?.note).toBe("12 of 100 measurements, unsmoothed");
});

test("a chart of nothing is an empty frame, not a fault", () => {
  const drawing = lineChart({ ...loss, x: [], lines: [{ name: "loss", y: [] }] });
  expect(svg(drawing)).not.toContain("NaN");
  expect(drawing.table?.rows).toEqual([]);
});

test("results are solid bars as long as they are accurate, floors are hatched, and doubt stands beside the bar in words", () => {
  const interval = [0.38, 0.42] as const;
  const drawing = scoreChart({
    name: "scores",
    title: "t",
    caption: "c",
    scores: [
      {
        features: "trained",
        method: "probe",
        kind: "result",
        accuracy: 0.4,
        interval,
        standing: "level",
        verdict: "v",
      },
      { features: "pixels", method: "probe", kind: "floor", accuracy: 0.2, interval: [0.18, 0.22] },
      { features: "commonest class", method: "", kind: "floor", accuracy: 0.1, interval: [0.09, 0.11] },
    ],
  });
  const written = svg(drawing);
  const widthOf = (pattern: RegExp) => Number(written.match(pattern)?.[1]);
  const solid = widthOf(/width="([\d.]+)" height="20" rx="2" class="series-1"/);
  const hatched = widthOf(/width="([\d.]+)" height="20" rx="2" fill="url\(#scores-floor\)"/);
  expect(solid / hatched).toBeCloseTo(2, 2);
  expect(written).toContain("≈ not distinguishable from a floor");
  expect(written).toContain("commonest class 10.0%");
  expect(drawing.table?.rows.at(1)).toEqual(["pixels", "probe", "20.0%", "18.0% to 22.0%", "floor"]);
});

test("heat map cells take the colour of their value on the drawn scale", () => {
  const map = { name: "m", title: "t", caption: "c", rows: 1, columns: 2, scaleName: "share", low: 0, high: 4 };
  const written = svg(heatMap({ ...map, panels: [{ name: "p", values: [0, 4] }] }));
  const fills = [...written.matchAll(/width="100.4"[^>]*fill="(#[0-9a-f]{6})"/g)].map(([, fill]) => fill);
  expect(fills).toEqual([cividis(0), cividis(1)]);
});

test("a drawing names itself to a screen reader by its finding", () => {
  const written = svg(lineChart({ ...loss, lines: [] }));
  expect(written).toMatch(/role="img" aria-labelledby="loss-title"><title id="loss-title">Loss fell<\/title>/);
});

test("a stand-alone drawing has no text, no variable and no address to fetch, so it looks the same anywhere", () => {
  const written = standaloneSvg(lineChart({ ...loss, lines: [{ name: "loss", y: noisy }] }));
  expect(written).not.toMatch(/<text|var\(|url\(http/);
});

test("a PNG has the drawing's size times the scale, and its pictures' own pixels as squares", async () => {
  const picture = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255);
  const sheet = contactSheet({ name: "s", title: "Four", caption: "c", size: 2, pictures: [{ picture }], columns: 8 });
  const { data, info } = await sharp(await drawingPng(sheet, 1))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info.width).toBe(sheet.width + 40);
  const pixel = (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
  const top = info.height - 20 - 17 - 6 - Math.round(sheet.height);
  expect(pixel(20 + 10, top + 10)).toEqual([255, 0, 0]);
  expect(pixel(20 + 100, top + 10)).toEqual([0, 255, 0]);
  expect(pixel(20 + 10, top + 100)).toEqual([0, 0, 255]);
});
