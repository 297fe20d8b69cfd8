// Claims: a head is read back as it was written, and appears whole or not at all; what is no head is never replaced; a
// damaged one is told; folding the standardisation into the weights changes no score.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CorruptFile, UserError } from "../errors/index.ts";
import { randomStream } from "../random/index.ts";
import { type ClassifierHead, foldedProbe, readHead, requireHeadPlace, writeHead } from "./classifier-head.ts";

let folder = "";
let to = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jepa head "));
  to = join(folder, "my-head");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bins = [{ from: 0.8, to: 0.9, count: 7, confidence: 0.85, accuracy: 1 }];
const head: ClassifierHead = {
  classes: ["cat", "d/og\u001b"],
  weights: Float32Array.of(1, 2, 3, 4, 5, 6),
  bias: Float32Array.of(7, 8),
  temperature: 1.5,
  model: { name: "demo", source: "demo", fingerprint: "f", size: { height: 8, width: 16 } },
  pictures: [3, 4],
  figures: {
    accuracy: { accuracy: 1, interval: [0.65, 1] },
    majority: { accuracy: 4 / 7, interval: [0.25, 0.84] },
    crossEntropy: { before: 0.2, after: 0.1 },
    reliability: { before: { error: 0.2, bins }, after: { error: 0.15, bins } },
  },
  penalty: 0.01,
  folds: 5,
  seed: 3,
};

test("a head is read back as it was written, with its diagram beside it and nothing else", async () => {
  await writeHead(head, { to, force: false });
  expect(await readHead(to)).toEqual(head);
  expect(readdirSync(folder)).toEqual(["my-head"]);
  expect(readdirSync(to).toSorted()).toEqual(["head.json", "head.safetensors", "reliability.png"]);
});

test("a head is replaced when that is asked for, anything else never is", async () => {
  await writeHead(head, { to, force: false });
  await expect(writeHead(head, { to, force: false })).rejects.toThrow("add --force to replace it");
  await writeHead({ ...head, seed: 4 }, { to, force: true });
  expect((await readHead(to))?.seed).toBe(4);
  writeFileSync(join(to, "holiday.jpg"), "precious");
  await expect(requireHeadPlace(to, true)).rejects.toThrow(UserError);
  mkdirSync(join(folder, "empty"));
  await expect(requireHeadPlace(join(folder, "empty"), true)).rejects.toThrow("is not a head alone");
  expect(readdirSync(folder).toSorted()).toEqual(["empty", "my-head"]);
});

test("a folder without a head, a file and nothing at all are no head; a damaged one says so", async () => {
  expect(await readHead(folder)).toBeUndefined();
  expect(await readHead(to)).toBeUndefined();
  await writeHead(head, { to, force: false });
  expect(await readHead(join(to, "head.json"))).toBeUndefined();
  truncateSync(join(to, "head.safetensors"), 100);
  await expect(readHead(to)).rejects.toThrow(CorruptFile);
  writeFileSync(join(to, "head.json"), '{"format":"jepa-head-1"}');
  await expect(readHead(to)).rejects.toThrow(CorruptFile);
});

test("weights of another number of classes than the list's are refused", async () => {
  await writeHead({ ...head, classes: ["a", "b", "c"] }, { to, force: false });
  await expect(readHead(to)).rejects.toThrow("float32 weight [3, width]");
});

test("nothing is left where the head cannot be written", async () => {
  writeFileSync(join(folder, "file"), "");
  await expect(writeHead(head, { to: join(folder, "file", "head"), force: false })).rejects.toThrow();
  expect(existsSync(to)).toBe(false);
  expect(readdirSync(folder)).toEqual(["file"]);
});

test("folded weights score features as they are like the probe scores standardised ones", () => {
  const stream = randomStream(0, "probe");
  const draw = (length: number) => Float64Array.from({ length }, () => stream.normal());
  const [mean, deviation] = [draw(4).map((value) => 100 * value), draw(4).map((value) => Math.exp(value))];
  const probe = { weights: draw(12), bias: draw(3), mean, deviation, penalty: 1 };
  const folded = foldedProbe(probe);
  const x = draw(4).map((value, j) => mean[j] + deviation[j] * value);
  for (let c = 0; c < 3; c++) {
    let [own, plain] = [probe.bias[c], folded.bias[c]];
    for (let j = 0; j < 4; j++) {
      own += (probe.weights[c * 4 + j] * (x[j] - mean[j])) / deviation[j];
      plain += folded.weights[c * 4 + j] * x[j];
    }
    // Folded weights are float32, and means a hundred times the deviations cost three digits of it.
    expect(plain).toBeCloseTo(own, 3);
  }
});
