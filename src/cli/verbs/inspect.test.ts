import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { told } from "../world.fixture.ts";
import { inspect } from "./inspect.ts";

const goldens = fileURLToPath(new URL("../../../test/goldens/", import.meta.url));
const run = (...words: string[]) => told(["inspect", ...words], [inspect]);

test("a model of pictures is told with its sizes, its pictures and its tensors under official names", async () => {
  const { code, out } = await run(`${goldens}hf-ijepa-tiny/classifier`);
  expect(code).toBe(0);
  for (const words of ["family      I-JEPA", "sizes       width", "pictures    ", "classes     "])
    expect(out).toContain(words);
  const asJson = JSON.parse((await run(`${goldens}hf-ijepa-tiny/classifier`, "--json")).out);
  expect(asJson).toMatchObject({ family: "I-JEPA", encoder: "unknown", preprocessing: { part: "whole" } });
  expect(asJson.tensors).toContainEqual(expect.objectContaining({ name: "blocks.0.attn.qkv.weight" }));
});

test("a model of videos is told with its networks, and that it cannot be run yet", async () => {
  const { code, out } = await run(`${goldens}hf-vjepa2-tiny/classifier`);
  expect(code).toBe(0);
  expect(out).toContain("encoder, predictor, attentive classifier");
  expect(out).toContain("8 frames of 32 x 32");
  const asJson = JSON.parse((await run(`${goldens}hf-vjepa2-tiny/model`, "--json")).out);
  expect(asJson).toMatchObject({ family: "V-JEPA 2", encoder: null, preprocessing: null, labels: null });
  expect(asJson.tensors).toContainEqual({ name: "predictor.mask_tokens.2", shape: [1, 1, 48] });
});

test("what is no model is told with exit code 2", async () => {
  const { code, err } = await run("no such model");
  expect([code, err]).toEqual([2, expect.stringContaining('"no such model"')]);
});
