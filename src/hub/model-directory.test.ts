// Model directories: read and written, in every form, and refused where they are wrong; training checkpoints as models.

import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSafetensors } from "../files/index.ts";
import { exportDirectory } from "./export-directory.ts";
import { exportOnnx } from "./export-onnx.ts";
import { ijepaNames } from "./ijepa-names.ts";
import { readLocated } from "./located.ts";
import { openDirectory } from "./model-directory.ts";
import { openModel } from "./open-model.ts";
import { encoderDeclarations } from "./opened-model.ts";

const goldens = fileURLToPath(new URL("../../test/goldens", import.meta.url));
const good = join(goldens, "hf-ijepa-tiny", "model");
const checkpoint = join(goldens, "meta-ijepa", "checkpoint-latest.pth.tar");
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa-hub-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const options = { runsFolder: "no runs here", download: { environment: {} } };

test("official names and Hugging Face's translate both ways, each tensor once", async () => {
  const { sizes } = await openDirectory(good, "tiny");
  const stored = (await readSafetensors(join(good, "model.safetensors"))).tensors;
  const names = [...encoderDeclarations(sizes).keys()];
  const { heldAs, officialName } = ijepaNames;
  expect(names.flatMap((name) => heldAs(name).names).sort()).toEqual([...stored.keys()].sort());
  for (const name of names) for (const other of heldAs(name).names) expect(officialName(other)).toBe(name);
  expect(officialName("pooler.dense.weight")).toBeUndefined();
});

test("what was measured of a model stands in its card, which still tells encoder and licence", async () => {
  const model = { ...(await openDirectory(good, "tiny")), encoder: "target", licence: "mit" } as const;
  const figures = {
    caption: "tiny on nothing",
    headings: ["probe", "accuracy"],
    rows: [["linear", "50%"]],
    remarks: [],
  };
  const to = join(folder, "measured");
  await exportDirectory(model, to, { figures });
  expect(await readFile(join(to, "README.md"), "utf8")).toContain(
    "tiny on nothing.\n\n| probe | accuracy |\n| --- | --- |\n| linear | 50% |\n",
  );
  expect(await openDirectory(to, "again")).toMatchObject({ encoder: "target", licence: "mit" });
});

test("what is exported opens as the same model, and its tensors are the file's bytes", async () => {
  const model = await openDirectory(good, "tiny");
  const to = join(folder, "exported");
  await exportDirectory(model, to);
  expect((await readdir(to)).sort()).toEqual([
    "README.md",
    "config.json",
    "model.safetensors",
    "preprocessor_config.json",
  ]);
  expect(await readFile(join(to, "model.safetensors"))).toEqual(await readFile(join(good, "model.safetensors")));
  const again = await openDirectory(to, "again");
  expect(again.fingerprint).toBe(model.fingerprint);
  expect(again.notices).toEqual([]);
  await expect(exportDirectory(model, to)).rejects.toThrow("expected a path where nothing is yet");
  expect((await readdir(folder)).filter((name) => name.endsWith(".partial"))).toEqual([]);
});

test("a head goes out with its model, under transformers' names", async () => {
  const own = join(goldens, "hf-ijepa-tiny", "classifier");
  const to = join(folder, "classifier");
  await exportDirectory(await openDirectory(own, "classifier"), to);
  const [before, after] = [own, to].map((place) => readSafetensors(join(place, "model.safetensors")));
  expect((await after).tensors).toEqual((await before).tensors);
  const [theirs, ours] = [own, to].map((place) => readFile(join(place, "config.json"), "utf8"));
  const { architectures, id2label, label2id } = JSON.parse(await theirs);
  expect(JSON.parse(await ours)).toMatchObject({ architectures, id2label, label2id });
});

describe("a training checkpoint", () => {
  test.each([
    ["target", "target_encoder"],
    ["context", "encoder"],
  ] as const)("gives its %s encoder, bit for bit", async (encoder, scope) => {
    const model = await openModel(checkpoint, { ...options, encoder, heads: 4 });
    const { tensors } = await readSafetensors(join(goldens, "meta-ijepa", "params_after_step3.safetensors"));
    expect(model.encoder).toBe(encoder);
    for (const [name, located] of model.parameters) {
      expect(await readLocated(located)).toEqual(tensors.get(`${scope}.${name}`)?.data);
    }
    expect(model.parameters.size).toBe([...tensors.keys()].filter((name) => name.startsWith(`${scope}.`)).length);
  });

  test("is exported and opened again with the same numbers", async () => {
    const model = await openModel(checkpoint, { ...options, heads: 4 });
    const to = join(folder, "from checkpoint");
    await exportDirectory(model, to);
    const again = await openDirectory(to, "again");
    expect([again.encoder, again.fingerprint]).toEqual(["target", model.fingerprint]);
  });

  test("asks for the heads that it does not tell", async () => {
    await expect(openModel(checkpoint, options)).rejects.toThrow("add --heads, such as --heads 12");
  });
});

test("the model that comes with the package opens, and is small", async () => {
  const model = await openModel("builtin:ijepa-cifar10", options);
  expect([model.sizes.width, model.sizes.depth, model.encoder, model.licence]).toEqual([
    192,
    6,
    "target",
    "apache-2.0",
  ]);
  const place = fileURLToPath(new URL("../../models/ijepa-cifar10", import.meta.url));
  const sizes = await Promise.all((await readdir(place)).map(async (name) => (await stat(join(place, name))).size));
  expect(sizes.reduce((a, b) => a + b)).toBeLessThan(6e6);
});

describe("what is wrong is refused in words", () => {
  const config = async (change: Record<string, unknown>) => {
    const place = join(folder, `config ${JSON.stringify(change)}`.replace(/[^\w ]/g, ""));
    await cp(good, place, { recursive: true });
    const old: object = JSON.parse(await readFile(join(good, "config.json"), "utf8"));
    await writeFile(join(place, "config.json"), JSON.stringify({ ...old, ...change }));
    return openDirectory(place, "changed");
  };

  test.each([
    [{ model_type: "vit" }, 'expected model_type "ijepa", received vit'],
    [{ hidden_size: 2 ** 30 }, "a sound value of hidden_size"],
    [{ hidden_size: 50 }, "hidden_size"],
    [{ num_hidden_layers: -1 }, "a sound value of num_hidden_layers"],
    [{ image_size: 33 }, "image_size that is a multiple of the patch 8"],
    [{ hidden_act: "relu" }, 'hidden_act "gelu"'],
    [{ num_hidden_layers: 4 }, "16 missing"],
    [{ num_hidden_layers: 2 }, "16 unexpected"],
    [{ intermediate_size: 96 }, "misshapen"],
    [{ image_size: 64 }, "~ embeddings.position_embeddings F32 [1, 16, 48], expected F32 [1, 64, 48]"],
  ])("config.json with %j", async (change, message) => {
    await expect(config(change)).rejects.toThrow(message);
  });

  test("an ONNX export, which is for others to run", async () => {
    const to = join(folder, "onnx export");
    await exportOnnx(await openDirectory(good, "tiny"), to);
    await expect(openModel(to, options)).rejects.toThrow("an ONNX export, which transformers.js and onnxruntime run");
  });

  test("a shard index that leads outside", async () => {
    const place = join(folder, "shards");
    await cp(good, place, { recursive: true });
    await rm(join(place, "model.safetensors"));
    const index = { metadata: {}, weight_map: { "layernorm.bias": "../../etc/hostname" } };
    await writeFile(join(place, "model.safetensors.index.json"), JSON.stringify(index));
    await expect(openDirectory(place, "shards")).rejects.toThrow("expected files beside the index");
  });

  test.each([
    ["random:smal", "did you mean random:small?"],
    ["no such thing", 'received "no such thing", which is none'],
    [goldens, "a model directory with config.json"],
  ])("%s", async (source, message) => {
    await expect(openModel(source, options)).rejects.toThrow(message);
  });
});
