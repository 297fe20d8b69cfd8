// Our ONNX files in the real transformers.js and in onnxruntime: any batch, and each precision within its bound of our
// own numbers.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { env, IJepaForImageClassification, IJepaModel, Tensor } from "@huggingface/transformers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEncoder } from "../../src/embedding/index.ts";
import { officialClassifier } from "../../src/evaluation/index.ts";
import { exportOnnx, openDirectory } from "../../src/hub/index.ts";
import { openNodeRuntime } from "../../src/runtime/index.ts";

const directory = fileURLToPath(new URL("../goldens/hf-ijepa-tiny/model", import.meta.url));
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa-onnx-"));
  await exportOnnx(await openDirectory(directory, "tiny"), join(folder, "exported"));
  env.allowRemoteModels = false;
  env.localModelPath = `${folder}/`;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each([
  ["fp32", 1e-4, 0.999_999],
  ["fp16", 1e-2, 0.9999],
  ["q8", 0.5, 0.99],
] as const)("%s", (dtype, largest, cosine) => {
  test.each([1, 3, 16])("gives our numbers for a batch of %i", async (batch) => {
    const pictures = Array.from({ length: batch }, (_, picture) => {
      return { width: 32, height: 32, pixels: Uint8Array.from({ length: 3072 }, (_, i) => (i * (picture + 5)) % 253) };
    });
    const model = await openDirectory(directory, "tiny");
    const encoder = openEncoder(await openNodeRuntime({ threads: 1 }), model);
    const ours = Float32Array.from((await encoder.embed(pictures)).flatMap(({ patches }) => Array.from(patches)));
    await encoder.close();
    const { mean, deviation } = model.preprocessing.pixels;
    const pixels = Float32Array.from({ length: batch * 3072 }, (_, i) => {
      const [picture, channel, at] = [Math.floor(i / 3072), Math.floor((i % 3072) / 1024), i % 1024];
      return (pictures[picture].pixels[at * 3 + channel] / 255 - mean[channel]) / deviation[channel];
    });
    const theirs = await IJepaModel.from_pretrained("exported", { dtype });
    const { last_hidden_state: result } = await theirs({
      pixel_values: new Tensor("float32", pixels, [batch, 3, 32, 32]),
    });
    await theirs.dispose();
    expect(result.dims).toEqual([batch, 16, 48]);
    const values = Float32Array.from(result.data, Number);
    expect(Math.max(...values.map((value, i) => Math.abs(value - ours[i])))).toBeLessThan(largest);
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    expect(dot(values, ours) / Math.sqrt(dot(values, values) * dot(ours, ours))).toBeGreaterThan(cosine);
  });
});

test("a classification head's logits are there for an image-classification model", async () => {
  const model = await openDirectory(
    fileURLToPath(new URL("../goldens/hf-ijepa-tiny/classifier", import.meta.url)),
    "c",
  );
  await exportOnnx(model, join(folder, "classifier"));
  const encoder = openEncoder(await openNodeRuntime({ threads: 1 }), model);
  const pixels = Uint8Array.from({ length: 3072 }, (_, i) => (i * 7) % 251);
  const [{ pooled }] = await encoder.embed([{ width: 32, height: 32, pixels }]);
  await encoder.close();
  const { classes, weights, bias } = await officialClassifier(model);
  const expected = classes.map((_, c) =>
    pooled.reduce((sum, x, j) => sum + x * weights[c * pooled.length + j], bias[c]),
  );
  const { mean, deviation } = model.preprocessing.pixels;
  const planes = Float32Array.from({ length: 3072 }, (_, i) => {
    const channel = Math.floor(i / 1024);
    return (pixels[(i % 1024) * 3 + channel] / 255 - mean[channel]) / deviation[channel];
  });
  const theirs = await IJepaForImageClassification.from_pretrained("classifier", { dtype: "fp32" });
  const { logits } = await theirs({ pixel_values: new Tensor("float32", planes, [1, 3, 32, 32]) });
  await theirs.dispose();
  expect(logits.dims).toEqual([1, classes.length]);
  for (const [c, value] of expected.entries()) expect(Number(logits.data[c])).toBeCloseTo(value, 4);
});
