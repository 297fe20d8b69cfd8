// Claims: the official schedules' values at published settings,
// ends and turning points exact, no value outside its ends.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cosine, linear, warmupCosine } from "./schedules.ts";

/** 10 steps an epoch, 300 epochs of which 40 warm up: values printed by the official code. */
const rate = { start: 2e-4, peak: 1e-3, final: 1e-6, warmup: 400, steps: 3000 };
const decay = { start: 0.04, final: 0.4, steps: 3000 };

describe("the published recipe", () => {
  // The official code's figures, given to 7 digits (they count calls from 0, we count steps from 1).
  test.each([
    [1, 2.02e-4, 0.0400001],
    [400, 1e-3, 0.0555618],
    [401, 9.999996e-4, 0.0556386],
    [1701, 4.998965e-4, 0.2576085],
    [3000, 1e-6, 0.4],
  ])("step %d has rate %d and decay %d", (step, lr, weightDecay) => {
    expect(Math.abs(warmupCosine(rate, step) / lr - 1)).toBeLessThan(1e-7);
    expect(Math.abs(cosine(decay, step) - weightDecay)).toBeLessThan(6e-8);
  });

  test("momentum is 0.996 at the first step and short of 1 by one part at the last", () => {
    const momentum = { start: 0.996, final: 1, steps: 1000 };
    expect(linear(momentum, 1)).toBe(0.996);
    expect(linear(momentum, 1000)).toBeCloseTo(1 - 0.004 / 1000, 14);
  });
});

test("the rate is the peak exactly when the warm-up ends, and half-way down in the middle of the rest", () => {
  expect(warmupCosine(rate, 400)).toBe(1e-3);
  expect(warmupCosine({ ...rate, warmup: 0, steps: 10 }, 5)).toBeCloseTo((1e-3 + 1e-6) / 2, 15);
});

test("after the last step every schedule stays at its final value", () => {
  expect(warmupCosine(rate, 3100)).toBe(1e-6);
  expect(cosine(decay, 3100)).toBe(0.4);
  expect(linear({ start: 0.996, final: 1, steps: 1000 }, 1200)).toBeCloseTo(1, 14);
});

test("a schedule never leaves its ends, and a course moves one way only", () => {
  const end = fc.double({ min: 0, max: 1, noNaN: true });
  const size = fc.integer({ min: 1, max: 1000 });
  fc.assert(
    fc.property(end, end, size, size, (start, final, steps, step) => {
      const [low, high] = [Math.min(start, final) - 1e-12, Math.max(start, final) + 1e-12];
      for (const course of [cosine, linear]) {
        const [value, next] = [course({ start, final, steps }, step), course({ start, final, steps }, step + 1)];
        expect(value).toBeGreaterThanOrEqual(low);
        expect(value).toBeLessThanOrEqual(high);
        expect((next - value) * Math.sign(final - start)).toBeGreaterThanOrEqual(-1e-12);
      }
    }),
  );
});
