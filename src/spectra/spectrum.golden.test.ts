// Spectrum and principal components against numpy and scikit-learn, in float64 on the same float32 rows.
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { readSafetensors } from "../files/index.ts";
import { principalComponents, project } from "./principal-components.ts";
import { effectiveRank, rankMe, singularValues, standardDeviations } from "./spectrum.ts";

const fixture = new URL("../../test/goldens/metrics/metrics.safetensors", import.meta.url);
const golden = new Map<string, Float32Array>();
beforeAll(async () => {
  const { tensors } = await readSafetensors(fileURLToPath(fixture));
  for (const [name, { data }] of tensors) if (data instanceof Float32Array) golden.set(name, data);
});
const rows = (name: string) => golden.get(name) ?? new Float32Array();

test("RankMe, effective rank and mean deviation agree to 1e-8, the README's tolerance for float64", () => {
  const z = rows("spectrum.z");
  expect(Math.abs(rankMe(z, 32) / 16.50164383713546 - 1)).toBeLessThan(1e-8);
  expect(Math.abs(effectiveRank(z, 32) / 16.50145455362742 - 1)).toBeLessThan(1e-8);
  const mean = standardDeviations(z, 32).reduce((sum, value) => sum + value) / 32;
  expect(Math.abs(mean / 1.9067197059628906 - 1)).toBeLessThan(1e-8);
});

test("singular values agree to the float32 in which they are stored", () => {
  const singular = singularValues(rows("spectrum.z"), 32);
  rows("spectrum.singular_values").forEach((value, i) => {
    expect(Math.abs(singular[i] - value)).toBeLessThan(1e-7 * 77.5);
  });
});

test("components and projections agree up to sign to 1e-4, variances and shares to float32", () => {
  const basis = principalComponents(rows("spectrum.z"), 32, 6);
  const projected = project(basis, rows("spectrum.z"));
  const components = rows("pca.components");
  for (let k = 0; k < 6; k++) {
    const sign = Math.sign(components[k * 32] * basis.components[k * 32]);
    for (let j = 0; j < 32; j++) {
      expect(Math.abs(sign * basis.components[k * 32 + j] - components[k * 32 + j])).toBeLessThan(1e-4);
    }
    for (let row = 0; row < 200; row++) {
      expect(Math.abs(sign * projected[row * 6 + k] - rows("pca.projected")[row * 6 + k])).toBeLessThan(1e-4);
    }
    expect(basis.share[k]).toBeCloseTo(rows("pca.explained_variance_ratio")[k], 7);
    expect(basis.variance[k] / rows("pca.explained_variance")[k]).toBeCloseTo(1, 6);
  }
});
