import { expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { collapseWarning, measureHealth } from "./monitor.ts";

const width = 16;
const normal = (rows: number) => {
  const stream = randomStream(1, "features");
  return Float32Array.from({ length: rows * width }, () => stream.normal());
};

test("independent features are healthy: deviation near 1, rank near the width, no warning", () => {
  const features = normal(4096);
  const health = measureHealth(features, features, width);
  expect(Math.abs(health.targetStd - 1)).toBeLessThan(0.05);
  expect(health.rank).toBeGreaterThan(14);
  expect(collapseWarning(health)).toBeUndefined();
});

test("the same representation everywhere is total collapse, and the warning says what cures it", () => {
  const row = normal(1);
  const same = Float32Array.from({ length: 512 * width }, (_, i) => row[i % width]);
  const health = measureHealth(same, same, width);
  expect(health.targetStd).toBeLessThan(1e-6);
  expect(collapseWarning(health)).toMatch(
    /collapsing: targets hardly differ.*teacher\.momentum.*targetNormalisation "batch"/,
  );
});

test("few directions are collapse too, although every dimension varies", () => {
  const stream = randomStream(2, "line");
  const along = normal(1);
  const line = Float32Array.from({ length: 512 }, () => stream.normal()).reduce<number[]>((rows, t) => {
    for (const value of along) rows.push(t * value);
    return rows;
  }, []);
  const health = measureHealth(Float32Array.from(line), normal(512), width);
  expect(health.rank).toBeLessThan(1.1);
  expect(collapseWarning(health)).toMatch(/features use 1\.0 directions/);
});
