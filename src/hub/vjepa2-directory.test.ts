import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAnyModel, openModel } from "./open-model.ts";
import { parseVideoConfig, videoShapes } from "./vjepa2-config.ts";
import { openVideoDirectory } from "./vjepa2-directory.ts";
import { vjepa2Names } from "./vjepa2-names.ts";

const fixtures = fileURLToPath(new URL("../../test/goldens/hf-vjepa2-tiny/", import.meta.url));
const options = { runsFolder: "no runs here", download: { environment: {} } };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa-video-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("every parameter of a classifier has a name at Hugging Face that leads back to it", async () => {
  const text = await readFile(join(fixtures, "classifier", "config.json"), "utf8");
  for (const official of videoShapes(parseVideoConfig(text, "config.json")).keys()) {
    const { names, place } = vjepa2Names.heldAs(official);
    const back = place === undefined ? official : official.replace(/\d+$/, "{i}");
    for (const name of names) expect(vjepa2Names.officialName(name)).toBe(back);
  }
  expect(vjepa2Names.officialName("encoder.pooler.weight")).toBeUndefined();
});

test("a video model is told of by name, and not taken for one of pictures", async () => {
  const model = await openAnyModel(join(fixtures, "classifier"), options);
  expect(model).toMatchObject({ family: "V-JEPA 2", labels: { length: 7 }, sizes: { frames: 8, tubelet: 2 } });
  await expect(openModel(join(fixtures, "model"), options)).rejects.toThrow("a V-JEPA 2 model, which takes videos");
});

test("the pooler's perceptrons are four times as wide as the encoder, whatever its own are", () => {
  const text = {
    model_type: "vjepa2",
    architectures: ["VJEPA2ForVideoClassification"],
    hidden_size: 1408,
    num_attention_heads: 22,
    mlp_ratio: 48 / 11,
  };
  const shapes = videoShapes(parseVideoConfig(JSON.stringify(text), "config.json"));
  expect(shapes.get("encoder.blocks.0.mlp.fc1.weight")).toEqual([6144, 1408]);
  expect(shapes.get("pooler.cross_attention_block.mlp.fc1.weight")).toEqual([5632, 1408]);
  expect(shapes.get("pooler.blocks.2.mlp.fc2.weight")).toEqual([1408, 5632]);
});

test("the sizes of the released models follow from what their files leave out", () => {
  const { sizes } = parseVideoConfig(
    '{"model_type":"vjepa2","hidden_size":1408,"num_attention_heads":22,"mlp_ratio":4.363636363636363}',
    "x",
  );
  expect(sizes).toMatchObject({ hidden: 6144, depth: 24, predictor: { width: 384, depth: 12, maskTokens: 10 } });
});

test.each<[string, Record<string, unknown>, string]>([
  ["another count of mask tokens", { pred_num_mask_tokens: 4 }, "predictor.embeddings.mask_tokens"],
  ["another depth", { num_hidden_layers: 2 }, "encoder.layer.2"],
  ["another model", { model_type: "vivit" }, "model_type"],
  ["a crop that patches don't fill", { crop_size: 36 }, "crop_size that is a multiple of patch_size 8"],
  ["absurd sizes", { hidden_size: 1e9 }, "hidden_size"],
  ["heads that don't fit", { num_attention_heads: 7 }, "hidden_size that is a multiple of num_attention_heads 7"],
])("%s in the config is refused by name", async (name, change, expected) => {
  const place = join(folder, name);
  await cp(join(fixtures, "model"), place, { recursive: true });
  const config = join(place, "config.json");
  await writeFile(config, JSON.stringify({ ...JSON.parse(await readFile(config, "utf8")), ...change }));
  await expect(openVideoDirectory(place, name)).rejects.toThrow(expected);
});
