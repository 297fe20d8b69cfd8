// Parity of opened model directories with Hugging Face's transformers: every hidden state, attention, interpolated
// positions, the head, the same weights in shards, in half precision and with another epsilon, and the image processor.

import { z } from "zod";
import { openEncoder, resampledPositions } from "../../src/embedding/index.ts";
import {
  type LocatedTensor,
  type OpenedModel,
  openDirectory,
  parsePreprocessing,
  readLocated,
} from "../../src/hub/index.ts";
import { attentionMap, type Grid, hiddenStates, norm, parameterBook, patchesOf } from "../../src/nn/index.ts";
import { openNodeRuntime } from "../../src/runtime/index.ts";
import { elements, input, linear, mean, reshape, type Tensor, transpose } from "../../src/tensor/index.ts";
import type { ParityCheck } from "./check.ts";
import { type Comparison, largestDifference } from "./comparison.ts";
import type { Fixture } from "./fixture.ts";
import { floats } from "./ijepa-fixture.ts";

const fixtureName = "hf-ijepa-tiny";
const tolerance = 2e-5;
/** Attentions, and positions of another grid. */
const tight = 1e-6;

export const huggingfaceIjepa: readonly ParityCheck[] = [
  { fixture: fixtureName, name: "encoder", compare: encoderLines },
  { fixture: fixtureName, name: "other sizes of pictures", compare: otherSizes },
  { fixture: fixtureName, name: "other files of the same weights", compare: otherFiles },
  { fixture: fixtureName, name: "classifier", compare: classifierLines },
  { fixture: fixtureName, name: "image processor", compare: processorLines },
];

async function encoderLines(fixture: Fixture): Promise<Comparison[]> {
  const model = await opened(fixture, "model");
  const results = await run(model, await floats(fixture, "io.safetensors", "pixel_values"), model.sizes.grid);
  const states = Array.from({ length: model.sizes.depth + 1 }, (_, i) => `hidden_states.${i}`);
  const maps = Array.from({ length: model.sizes.depth }, (_, i) => `attentions.${i}`);
  const compare = (names: readonly string[], within: number) =>
    Promise.all(names.map((name) => line(fixture, "io.safetensors", name, results[name], within)));
  return [
    ...(await compare(["embeddings", ...states, "last_hidden_state"], tolerance)),
    ...(await compare(maps, tight)),
  ];
}

async function otherSizes(fixture: Fixture): Promise<Comparison[]> {
  const model = await opened(fixture, "model");
  const own = await readLocated(located(model, "pos_embed"));
  const lines: Comparison[] = [];
  for (const [name, grid] of [
    ["48", { rows: 6, columns: 6 }],
    ["48x64", { rows: 6, columns: 8 }],
  ] as const) {
    const positions = resampledPositions(own, model.sizes.grid, grid);
    lines.push(await line(fixture, "io.safetensors", `position_embeddings_${name}`, positions, tight));
    const results = await run(model, await floats(fixture, "io.safetensors", `pixel_values_${name}`), grid);
    lines.push(
      await line(fixture, "io.safetensors", `last_hidden_state_${name}`, results.last_hidden_state, tolerance),
    );
  }
  return lines;
}

async function otherFiles(fixture: Fixture): Promise<Comparison[]> {
  const lines: Comparison[] = [];
  for (const [folder, file] of [
    ["model-sharded", "io.safetensors"],
    ["model-fp16", "io-fp16.safetensors"],
    ["model-bf16", "io-bf16.safetensors"],
    ["model-eps", "io-eps.safetensors"],
  ]) {
    const model = await opened(fixture, folder);
    const results = await run(model, await floats(fixture, file, "pixel_values"), model.sizes.grid);
    const names = (await fixture.names(file)).filter((name) => name in results);
    const all = await Promise.all(names.map((name) => line(fixture, file, name, results[name], tolerance)));
    lines.push(...all.map((each) => ({ ...each, name: `${folder} ${each.name}` })));
  }
  return lines;
}

async function classifierLines(fixture: Fixture): Promise<Comparison[]> {
  const model = await opened(fixture, "classifier");
  const lines: Comparison[] = [];
  for (const [pixels, logits, grid] of [
    ["pixel_values", "logits", model.sizes.grid],
    ["pixel_values_48", "logits_48", { rows: 6, columns: 6 }],
  ] as const) {
    const results = await run(model, await floats(fixture, "io.safetensors", pixels), grid);
    lines.push(await line(fixture, "io.safetensors", logits, results.logits, tolerance));
    if (logits === "logits") lines.push(await lossLine(fixture, results.logits));
  }
  return lines;
}

async function lossLine(fixture: Fixture, logits: Float32Array): Promise<Comparison> {
  const labels = Array.from((await fixture.tensor("io.safetensors", "labels")).data, Number);
  const classes = logits.length / labels.length;
  const losses = labels.map((label, row) => {
    const scores = Array.from(logits.subarray(row * classes, (row + 1) * classes));
    return Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - scores[label];
  });
  const loss = Float32Array.of(losses.reduce((a, b) => a + b, 0) / losses.length);
  return line(fixture, "io.safetensors", "loss", loss, tolerance);
}

async function processorLines(fixture: Fixture): Promise<Comparison[]> {
  const model = await opened(fixture, "model");
  const where = "preprocessor_config.json";
  const text = JSON.stringify(await fixture.json(where, anything));
  const preprocessing = parsePreprocessing(text, where, model.preprocessing.size);
  const { reader } = openEncoder(await openNodeRuntime({ threads: 1 }), { ...model, preprocessing });
  const { mean: means, deviation } = preprocessing.pixels;
  const lines: Comparison[] = [];
  for (const name of ["noise", "smooth"]) {
    const image = await fixture.tensor("preprocess.safetensors", `image_${name}`);
    const [height, width] = image.shape;
    const bytes = await reader.read({ pixels: Uint8Array.from(image.data, Number), width, height });
    const area = bytes.length / 3;
    const values = Float32Array.from({ length: bytes.length }, (_, i) => {
      const channel = Math.floor(i / area);
      return (bytes[(i % area) * 3 + channel] / 255 - means[channel]) / deviation[channel];
    });
    lines.push(await line(fixture, "preprocess.safetensors", `pixel_values_${name}_pil`, values, 1e-5));
    lines.push(await line(fixture, "preprocess.safetensors", `pixel_values_${name}`, values, 0.018));
  }
  return lines;
}

const anything = z.json();

function opened(fixture: Fixture, folder: string): Promise<OpenedModel> {
  return openDirectory(fixture.path(folder), folder);
}

function located(model: OpenedModel, name: string): LocatedTensor {
  const found = model.parameters.get(name);
  if (found === undefined) throw new Error(`the model has no parameter ${name}`);
  return found;
}

async function line(
  fixture: Fixture,
  file: string,
  name: string,
  values: Float32Array,
  tolerance: number,
): Promise<Comparison> {
  return { name, difference: largestDifference(values, await floats(fixture, file, name)), tolerance };
}

/** Everything that the fixture tells of a model, for pixels [pictures, 3, height, width]. */
async function run(model: OpenedModel, pixels: Float32Array, grid: Grid): Promise<Record<string, Float32Array>> {
  const { sizes, head } = model;
  const [height, width] = [grid.rows * sizes.patch, grid.columns * sizes.patch];
  const pictures = pixels.length / (3 * height * width);
  const book = parameterBook();
  const seen = transpose(input("pixels", [pictures, 3, height, width]), [0, 2, 3, 1]);
  const states = hiddenStates(book.root, patchesOf(seen, sizes.patch), { ...sizes, grid });
  const last = norm(book.root.at("norm"), states[states.length - 1], sizes);
  const outputs: Record<string, Tensor> = { last_hidden_state: last };
  for (const [i, state] of states.entries()) {
    outputs[`hidden_states.${i}`] = state;
    if (i === 0) outputs.embeddings = state;
    if (i === sizes.depth) continue;
    const rows = reshape(state, [-1, sizes.width]);
    const options = { batch: pictures, heads: sizes.heads, epsilon: sizes.epsilon };
    outputs[`attentions.${i}`] = attentionMap(book.root.at("blocks").at(i), rows, options);
  }
  const feeds: Record<string, Float32Array> = { pixels };
  if (head !== undefined) {
    const [weight, bias] = [input("head.weight", head.weight.shape), input("head.bias", head.bias.shape)];
    outputs.logits = linear(mean(last, { axes: 1 }), weight, bias);
    feeds["head.weight"] = await readLocated(head.weight);
    feeds["head.bias"] = await readLocated(head.bias);
  }
  for (const { feed, name, offset, tensor } of book.leaves.values()) {
    const whole = await readLocated(located(model, name));
    const values = name === "pos_embed" ? resampledPositions(whole, sizes.grid, grid) : whole;
    feeds[feed] = values.subarray(offset, offset + elements(tensor.shape));
  }
  const program = await (await openNodeRuntime({ threads: 2 })).compile(outputs);
  const results = await program.run(feeds);
  await program.release();
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, Float32Array.from(values, Number)]));
}
