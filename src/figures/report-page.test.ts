import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Report } from "./report.ts";
import { writeReport } from "./report-files.ts";
import { renderReport } from "./report-page.ts";
import type { Score } from "./score.ts";

const picture = new Uint8Array(8 * 8 * 3).fill(90);
const grid = { rows: 4, columns: 4 };
const bare: Report = {
  run: {
    name: "demo",
    recipe: "demo",
    method: "I-JEPA",
    data: "CIFAR-10",
    seed: 3,
    state: "finished",
    step: 100,
    steps: 100,
    minutes: 1.5,
    machine: "2 cores",
    software: "jepa 0.1.0",
    commands: { rerun: "jepa pretrain demo", resume: "jepa resume demo", evaluate: "jepa eval demo" },
  },
  curves: { step: [10, 20, 30], loss: [0.5, 0.4, 0.3] },
  notices: [],
  settings: [{ field: "seed", value: "3" }],
};
const score: Score = {
  features: "trained",
  method: "linear probe",
  kind: "result",
  accuracy: 0.41,
  interval: [0.39, 0.43],
  standing: "level",
  verdict: "not distinguishable from raw pixels",
};
const full: Report = {
  ...bare,
  curves: {
    ...bare.curves,
    targetStd: [1, 1, 1],
    rank: [9, 20, 30],
    learningRate: [1e-3, 1e-3, 1e-4],
    imagesPerSecond: [400, 410, 420],
    dataWait: [0, 0.01, 0.02],
  },
  probes: {
    step: [0, 30],
    linear: [0.3, 0.4],
    floors: [{ name: "raw pixels", value: 0.39 }],
    measuredOn: "10 pictures",
  },
  evaluation: { data: "CIFAR-10", samples: { train: 100, test: 50 }, scores: [score] },
  masks: { size: 8, grid, samples: [{ picture, context: [0], targets: [[5]] }] },
  coverage: { grid, context: new Float64Array(16), target: new Float64Array(16).fill(0.5), pictures: 10 },
  features: {
    size: 8,
    grid,
    pictures: [picture],
    encoders: [{ name: "trained", coordinates: new Float32Array(48), share: [0.5, 0.2, 0.1] }],
    fittedOn: 16,
  },
  neighbours: {
    size: 8,
    rows: [{ query: { picture }, hits: [{ picture, similarity: 1 }] }],
    queries: "pictures",
    searched: "9 pictures",
  },
  notices: [{ level: "warning", step: 20, text: "Collapse has begun.", remedy: "raise the momentum" }],
};

test("names, labels and values from a run stay text wherever they stand", () => {
  const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>`;
  const page = renderReport({
    ...full,
    run: { ...bare.run, name: evil, recipe: evil, machine: evil, commands: { ...bare.run.commands, rerun: evil } },
    notices: [{ level: "failure", text: evil, remedy: evil }],
    settings: [{ field: evil, value: evil }],
    neighbours: {
      size: 8,
      rows: [{ query: { picture, label: evil }, hits: [{ picture, label: evil, similarity: 1 }] }],
      queries: evil,
      searched: evil,
    },
  });
  expect(page).not.toMatch(/<script|<img/);
});

test("the page asks nothing of the network and runs nothing: its policy lets in its own style and embedded pictures only", () => {
  const page = renderReport(full);
  const [, style = ""] = page.match(/<style>([\s\S]*?)<\/style>/) ?? [];
  const hash = createHash("sha256").update(style).digest("base64");
  expect(page).toContain(`default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-${hash}&#39;`);
  expect(page).not.toMatch(/ style="|<link|@import|src="(?!data:)|href="(?!#|data:)|url\((?!#)/);
});

test("every id is used once and every reference to one is met", () => {
  const page = renderReport(full);
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const references = [...page.matchAll(/(?:href="#|labelledby="|url\(#)([^")]*)/g)].map(([, id]) => id);
  expect(references.filter((id) => !ids.includes(id))).toEqual([]);
});

test("every picture has an accessible name, and every chart a table of its numbers", () => {
  const page = renderReport(full);
  const pictures = page.match(/<svg /g)?.length;
  expect(page.match(/<svg [^>]*role="img" aria-labelledby="[^"]+"><title/g)).toHaveLength(pictures ?? 0);
  // The scores' table stands open; every other figure has its own behind a summary.
  expect(page.match(/<summary>Show as table/g)).toHaveLength((pictures ?? 0) - 1);
});

test("the page says that the loss is a moving target, and how to run and resume", () => {
  const page = renderReport(bare);
  expect(page).toContain("Judge by probe and rank");
  expect(page).toContain("<code>jepa pretrain demo</code>");
  expect(page).toContain("<code>jepa resume demo</code>");
});

test("a run that was never evaluated shows the command that does it, and no empty section", () => {
  const page = renderReport(bare);
  expect(page).toContain("<code>jepa eval demo</code>");
  expect([...page.matchAll(/<h2[^>]*>([^<]*)/g)].map(([, name]) => name)).toEqual([
    "What was learned",
    "How training went",
    "How to run it again",
  ]);
});

test("warnings come first, in words, with what helps", () => {
  const page = renderReport(full);
  expect(page.indexOf("Collapse has begun.")).toBeLessThan(page.indexOf("What was learned</h2>"));
  expect(page).toContain("! Warning at step 20. ");
  expect(page).toContain("What helps: raise the momentum");
});

test("a result that a floor explains is marked as not distinguishable", () => {
  expect(renderReport(full)).toContain("≈ not distinguishable from raw pixels");
});

test("the same report gives the same bytes", () => {
  expect(renderReport(full)).toBe(renderReport(full));
});

let folder: string | undefined;
afterEach(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true });
});

test("a run's folder gets the page and a PNG of every figure", async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa report "));
  const { page, figures } = await writeReport(folder, full);
  expect(await readFile(page, "utf8")).toBe(renderReport(full));
  expect(await readdir(join(folder, "figures"))).toHaveLength(figures.length);
  expect(figures.map((path) => path.slice(join(String(folder), "figures/").length))).toEqual([
    "scores.png",
    "probes.png",
    "loss.png",
    "target-std.png",
    "rank.png",
    "learning-rate.png",
    "pace.png",
    "data-wait.png",
    "masks.png",
    "coverage.png",
    "features.png",
    "neighbours.png",
  ]);
  for (const path of figures) expect((await readFile(path)).subarray(1, 4).toString()).toBe("PNG");
});
