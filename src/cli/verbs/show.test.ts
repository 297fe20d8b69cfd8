import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { told } from "../world.fixture.ts";
import { show } from "./show.ts";

vi.setConfig({ testTimeout: 60_000 });

const model = fileURLToPath(new URL("../../../test/goldens/hf-ijepa-tiny/model", import.meta.url));
const home = process.cwd();
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "jepa show "));
  const raw = Buffer.from(Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * 7) % 256));
  await sharp(raw, { raw: { width: 40, height: 30, channels: 3 } })
    .png()
    .toFile(join(folder, "a dog.png"));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: string[]) => told(["show", ...words, "--model", model, "--threads", "1"], [show]);

test("jepa show writes <picture>-features.png here and never over another file unasked", async () => {
  const first = await run("a dog.png");
  expect([first.code, first.out]).toEqual([0, expect.stringContaining("a dog-features.png")]);
  expect(first.out).toContain("three directions hold");
  expect((await sharp("a dog-features.png").metadata()).format).toBe("png");
  const kept = readFileSync("a dog-features.png");
  const again = await run("a dog.png", "--patch", "0,0");
  expect([again.code, again.err]).toEqual([2, expect.stringContaining("--force")]);
  expect(readFileSync("a dog-features.png").equals(kept)).toBe(true);
  expect((await run("a dog.png", "--patch", "0,0", "--force")).code).toBe(0);
  expect(readFileSync("a dog-features.png").equals(kept)).toBe(false);
});

test("--json tells the explained variance, similarity and attention as maps of rows", async () => {
  const words = ["--patch", "1,3", "--attention", "2", "--size", "48x64", "--out", "figures.png", "--json"];
  const { code, out } = await run("a dog.png", ...words);
  expect(code).toBe(0);
  const result = JSON.parse(out);
  expect(result).toMatchObject({
    file: "figures.png",
    size: { height: 48, width: 64 },
    grid: { rows: 6, columns: 8 },
    similarity: { patch: { row: 1, column: 3 } },
    attention: { block: 2, from: { row: 1, column: 3 } },
  });
  expect(result.share).toHaveLength(3);
  expect(result.together).toBeCloseTo(result.share[0] + result.share[1] + result.share[2], 12);
  expect(result.similarity.values[1][3]).toBe(1);
  expect(result.attention.heads).toHaveLength(4);
  expect([result.attention.mean.length, result.attention.mean[0].length]).toEqual([6, 8]);
});

test.each([
  [["no.png"], "no.png"],
  [["a dog.png", "--patch", "9,9"], "a row from 0 to 3"],
  [["a dog.png", "--patch", "third"], "--patch"],
  [["a dog.png", "--attention", "0"], "--attention"],
  [["a dog.png", "--attention", "4"], "a block from 1 to 3"],
  [["a dog.png", "--size", "33"], "multiples of the patch"],
  [["a dog.png", "--out", "x.jpg"], "x.png"],
])("jepa show %j is a misuse that says %s and writes nothing", async (words, said) => {
  rmSync("a dog-features.png", { force: true });
  const { code, err } = await run(...words);
  expect([code, err]).toEqual([2, expect.stringContaining(said)]);
  expect(existsSync("a dog-features.png")).toBe(false);
});
