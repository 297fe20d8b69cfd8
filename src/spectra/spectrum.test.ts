import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../errors/index.ts";
import { randomStream } from "../random/index.ts";
import { principalComponents, project } from "./principal-components.ts";
import { covariance, effectiveRank, rankMe, singularValues, standardDeviations } from "./spectrum.ts";

test("features along k orthogonal directions of equal length have effective rank k", () => {
  for (const k of [1, 2, 5]) {
    const identity = Float32Array.from({ length: k * 8 }, (_, i) => (i % 8 === Math.floor(i / 8) ? 3 : 0));
    expect(effectiveRank(identity, 8)).toBeCloseTo(k, 12);
    // RankMe adds 1e-7 to each of the k shares: a relative change of about 1e-7 (k log k).
    expect(rankMe(identity, 8)).toBeCloseTo(k, 4);
  }
});

test("singular values 3 and 1 have effective rank exp of the entropy of (3/4, 1/4)", () => {
  const entropy = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
  expect(effectiveRank(Float64Array.of(3, 0, 0, 1, 0, 0), 2)).toBeCloseTo(Math.exp(entropy), 12);
});

test("identical features have rank 1 and no deviation, whatever their width; so have features that are all zero", () => {
  const same = Float32Array.from({ length: 6 * 4 }, (_, i) => i % 4);
  expect(effectiveRank(same, 4)).toBeCloseTo(1, 5);
  expect([...standardDeviations(same, 4)]).toEqual([0, 0, 0, 0]);
  expect(rankMe(new Float32Array(24), 4)).toBeCloseTo(1, 4);
});

test("fewer rows than dimensions give as many singular values as rows", () => {
  // Rows (3, 0, 4) and (0, 2, 0) are orthogonal: their lengths are the singular values.
  expect([...singularValues(Float64Array.of(3, 0, 4, 0, 2, 0), 3)]).toEqual([
    expect.closeTo(5, 12),
    expect.closeTo(2, 12),
  ]);
});

test("the standard deviation divides by the number of rows and the covariance by one less", () => {
  const features = Float64Array.of(1, 0, 3, 4);
  expect([...standardDeviations(features, 2)]).toEqual([1, 2]);
  expect([...covariance(features, 2).covariance]).toEqual([2, 4, 4, 8]);
  expect([...covariance(features, 2).mean]).toEqual([2, 2]);
});

test("RankMe does not change when the features are scaled or their rows change places", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0.01, max: 100, noNaN: true }), (seed, scale) => {
      const features = normalRows(seed, 11, 6);
      const reversed = Float64Array.from({ length: 66 }, (_, i) => features[(10 - Math.floor(i / 6)) * 6 + (i % 6)]);
      const rank = rankMe(features, 6);
      expect(
        rankMe(
          features.map((value) => value * scale),
          6,
        ),
      ).toBeCloseTo(rank, 9);
      expect(rankMe(reversed, 6)).toBeCloseTo(rank, 9);
      expect(rank).toBeLessThanOrEqual(6 + 1e-4);
    }),
    { numRuns: 30 },
  );
});

test("a constant added to all features leaves the covariance, also where it dwarfs the spread", () => {
  const features = normalRows(1, 40, 3);
  const shifted = features.map((value) => value + 1e6);
  const plain = covariance(features, 3).covariance;
  covariance(shifted, 3).covariance.forEach((value, i) => {
    // Centring comes before squaring, so only the 1e6 * 1e-16 rounding of the inputs is left.
    expect(value).toBeCloseTo(plain[i], 8);
  });
});

test("projections of the fitted rows are centred, uncorrelated and have the stated variances", () => {
  const features = normalRows(2, 50, 7);
  const basis = principalComponents(features, 7, 3);
  const { mean, covariance: spread } = covariance(project(basis, features), 3);
  for (let i = 0; i < 3; i++) {
    expect(mean[i]).toBeCloseTo(0, 6);
    for (let j = 0; j < 3; j++) expect(spread[i * 3 + j]).toBeCloseTo(i === j ? basis.variance[i] : 0, 6);
  }
});

test("shares of all components add up to one, and of features without variance to nothing", () => {
  const { share } = principalComponents(normalRows(3, 20, 4), 4, 4);
  expect(share.reduce((sum, value) => sum + value)).toBeCloseTo(1, 12);
  expect([...principalComponents(new Float32Array(8).fill(2), 4, 2).share]).toEqual([0, 0]);
});

test("a width that does not divide the features is refused with what to do", () => {
  expect(() => rankMe(new Float32Array(10), 4)).toThrow(UserError);
  expect(() => covariance(new Float32Array(4), 4)).toThrow(/2 or more whole rows of width 4/);
});

function normalRows(seed: number, count: number, width: number): Float64Array {
  const stream = randomStream(seed, "features");
  return Float64Array.from({ length: count * width }, () => stream.normal());
}

test("components of fewer rows than features are those of the covariance, variances and signs too", () => {
  const random = randomStream(3, "few rows");
  const [rows, width] = [12, 40];
  const features = Float64Array.from({ length: rows * width }, () => random.normal());
  const few = principalComponents(features, width, 3);
  // As many directions as rows, and so by way of the covariance.
  const whole = principalComponents(features, width, rows);
  const near = (a: Float64Array, b: Float64Array) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
  expect(near(few.components, whole.components.subarray(0, 3 * width))).toBeLessThan(1e-10);
  expect(near(few.variance, whole.variance.subarray(0, 3))).toBeLessThan(1e-10);
  expect(near(few.share, whole.share.subarray(0, 3))).toBeLessThan(1e-10);
});
