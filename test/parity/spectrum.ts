// Parity of the spectrum figures and of the principal components with numpy and scikit-learn.

import { z } from "zod";
import {
  covariance,
  effectiveRank,
  principalComponents,
  project,
  rankMe,
  standardDeviations,
} from "../../src/spectra/index.ts";
import type { ParityCheck } from "./check.ts";
import { type Comparison, largestDifference, type Numbers, relativeDifference } from "./comparison.ts";
import type { Fixture } from "./fixture.ts";

const file = "metrics.safetensors";
/** Ours are float64 on the fixture's float32 rows; a float32 implementation may have 1e-4. */
const scalarTolerance = 1e-6;
const componentTolerance = 1e-4;
/** What storing a result as float32 costs, with room for a sum's order. */
const storedTolerance = 1e-6;

const valuesFile = z.object({ values: z.record(z.string(), z.number()) });

/** RankMe and kin of `spectrum.z`, and its principal components. */
export const spectrum: ParityCheck = {
  fixture: "metrics",
  name: "spectrum and principal components",
  compare: async (fixture) => {
    const { values } = await fixture.json("metrics.json", valuesFile);
    const { features, width } = await rowsOf(fixture, "spectrum.z");
    const scalar = (name: string, ours: number): Comparison => ({
      name: `${name}, relative`,
      difference: relativeDifference([ours], [values[name]]),
      tolerance: scalarTolerance,
    });
    const { variance } = principalComponents(features, width, width);
    const covarianceValues = (await fixture.tensor(file, "spectrum.covariance_eigenvalues")).data;
    return [
      scalar("rankme", rankMe(features, width)),
      scalar("effective_rank", effectiveRank(features, width)),
      scalar("mean_feature_std", mean(standardDeviations(features, width))),
      scalar("participation_ratio", sum(variance) ** 2 / sum(variance.map((value) => value ** 2))),
      relative("spectrum.covariance_eigenvalues", descending(variance), descending(covarianceValues)),
      ...(await components(fixture, features, width)),
    ];
  },
};

async function components(fixture: Fixture, features: Float32Array, width: number): Promise<Comparison[]> {
  const stored = async (name: string): Promise<Float32Array> => floats((await fixture.tensor(file, name)).data);
  const expected = await stored("pca.components");
  const basis = principalComponents(features, width, expected.length / width);
  const signs = Array.from({ length: basis.count }, (_, at) =>
    Math.sign(dot(expected, basis.components, at * width, (at + 1) * width)),
  );
  const absolute = (name: string, ours: Numbers, theirs: Numbers): Comparison => {
    return { name: `${name}, up to sign`, difference: largestDifference(ours, theirs), tolerance: componentTolerance };
  };
  const projected = project(basis, features).map((value, at) => value * signs[at % basis.count]);
  return [
    absolute(
      "pca.components",
      basis.components.map((value, at) => value * signs[Math.floor(at / width)]),
      expected,
    ),
    absolute("pca.projected", projected, await stored("pca.projected")),
    absolute("pca.mean", covariance(features, width).mean, await stored("pca.mean")),
    relative("pca.explained_variance", basis.variance, await stored("pca.explained_variance")),
    relative("pca.explained_variance_ratio", basis.share, await stored("pca.explained_variance_ratio")),
  ];
}

async function rowsOf(fixture: Fixture, name: string): Promise<{ features: Float32Array; width: number }> {
  const { data, shape } = await fixture.tensor(file, name);
  return { features: floats(data), width: shape[shape.length - 1] };
}

function relative(name: string, ours: Numbers, theirs: Numbers): Comparison {
  return { name: `${name}, relative`, difference: relativeDifference(ours, theirs), tolerance: storedTolerance };
}

function floats(data: Numbers): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new Error("the fixture stores numbers of another type where float32 is due");
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at++) total += a[at] * b[at];
  return total;
}

function descending(numbers: Numbers): Float64Array {
  return Float64Array.from(numbers, Number).sort().reverse();
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: Float64Array): number {
  return sum(values) / values.length;
}
