import { expect, test } from "vitest";
import { count, duration, gigabytes, numeral, percent, scientific } from "./numerals.ts";

test.each([
  [0, "0"],
  [0.41064, "0.4106"],
  [1234.56, "1,235"],
  [1234567, "1,235,000"],
  [0.00002, "2e−5"],
  [-0.5, "-0.5"],
  [Number.NaN, "–"],
])("%s is written %s, with four significant digits", (value, text) => {
  expect(numeral(value)).toBe(text);
});

test.each([
  [0, "0"],
  [0.001, "1e−3"],
  [0.00025, "2.5e−4"],
  [1e-10, "1e−10"],
  [50, "5e1"],
  [Number.POSITIVE_INFINITY, "–"],
])("%s in powers of ten is %s", (value, text) => {
  expect(scientific(value)).toBe(text);
});

test("sizes are in gigabytes, with three digits", () => {
  expect([343_123_456, 5 * 2 ** 30].map(gigabytes)).toEqual(["0.343 GB", "5.37 GB"]);
});

test("counts have thousands separators and shares are percentages", () => {
  expect(count(50_000)).toBe("50,000");
  expect(percent(0.4423)).toBe("44.2%");
  expect(percent(0.4423, 0)).toBe("44%");
});

test.each([
  [0.8, "48 s"],
  [5.44, "5.4 min"],
  [72.4, "1 h 12 min"],
  [119.7, "2 h 0 min"],
])("%s minutes are %s", (minutes, text) => {
  expect(duration(minutes)).toBe(text);
});
