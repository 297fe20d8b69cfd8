// Claims about `jepa/web` in a real Chromium: the same bytes, and numbers within 1e-4 of Node's (another build of the
// engine's kernels, other orders of sums), for one file and shards, half precision and another size; and the example
// page works.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serve } from "../../examples/web/serve.ts";
import { openEncoder } from "../../src/embedding/index.ts";
import { openDirectory, type PictureSize } from "../../src/hub/index.ts";
import { openNodeRuntime } from "../../src/runtime/index.ts";
import { openBrowser } from "./chromium.ts";

const golden = fileURLToPath(new URL("../goldens/hf-ijepa-tiny", import.meta.url));
const tolerance = 1e-4;
const [width, height] = [61, 47];
const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * i + 31 * i) % 256);

let folder = "";
let server: Server;
let browser: Browser;
let page: Page;
let origin = "";
const faults: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "jepa web "));
  cpSync(golden, folder, { recursive: true });
  cpSync(join(golden, "model"), join(folder, "prepared"), { recursive: true });
  cpSync(join(golden, "preprocessor_config.json"), join(folder, "prepared", "preprocessor_config.json"));
  server = await serve({ "/models/": folder });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  origin = `http://127.0.0.1:${address.port}`;
  browser = await openBrowser();
  page = await browser.newPage();
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(`${origin}/examples/web/index.html?model=/models/prepared/`);
  await page.waitForFunction('document.getElementById("state").textContent !== "The model is being loaded."');
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface InPage {
  readonly prepared: number[];
  readonly pooled: number[];
  readonly patches: number[];
  readonly grid: { rows: number; columns: number };
  readonly isolated: boolean;
}

/** What the page makes of the picture, given to it as `kind`. */
function inPage(model: string, kind: "canvas" | "ImageData" | "pixels", size?: PictureSize): Promise<InPage> {
  const given = { model, kind, size, pixels: [...pixels], width, height };
  return page.evaluate(`(async ({ model, kind, size, pixels, width, height }) => {
    const { loadEncoder } = await import("jepa/web");
    const wasmPaths = new URL("/node_modules/onnxruntime-web/dist/", location.href).href;
    const encoder = await loadEncoder("/models/" + model, { wasmPaths, size });
    const image = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) image.data.set([...pixels.slice(3 * i, 3 * i + 3), 255], 4 * i);
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").putImageData(image, 0, 0);
    const picture = { canvas, ImageData: image, pixels: { pixels: Uint8Array.from(pixels), width, height } }[kind];
    const [{ pooled, patches, grid }, again] = await Promise.all([encoder.embed(picture), encoder.embed(picture)]);
    if (again.pooled.some((value, i) => value !== pooled[i])) throw new Error("a second embedding differs");
    const prepared = [...encoder.prepare(picture)];
    await encoder.close();
    return { prepared, pooled: [...pooled], patches: [...patches], grid, isolated: crossOriginIsolated };
  })(${JSON.stringify(given)})`);
}

async function inNode(model: string, size?: PictureSize) {
  const opened = await openDirectory(join(folder, model), model);
  const encoder = openEncoder(await openNodeRuntime({ threads: 1 }), opened, { size });
  const picture = { pixels, width, height };
  const [embedding] = await encoder.embed([picture]);
  const prepared = await encoder.reader.read(picture);
  await encoder.close();
  return { ...embedding, prepared };
}

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));

test.each([
  ["model", "canvas", undefined],
  ["model", "ImageData", undefined],
  ["model", "pixels", undefined],
  ["prepared", "canvas", undefined],
  ["model", "canvas", { height: 48, width: 64 }],
  ["model-sharded", "pixels", undefined],
  ["model-fp16", "pixels", undefined],
  ["model-bf16", "pixels", undefined],
  ["classifier", "pixels", undefined],
] as const)("%s, a picture as %s, size %j: Node's bytes, and its numbers within 1e-4", async (model, kind, size) => {
  const [here, there] = [await inNode(model, size), await inPage(model, kind, size)];
  expect(there.isolated).toBe(true);
  expect(there.grid).toEqual(here.grid);
  expect(there.prepared).toEqual([...here.prepared]);
  expect([there.pooled.length, there.patches.length]).toEqual([here.pooled.length, here.patches.length]);
  const difference = Math.max(furthest(there.pooled, here.pooled), furthest(there.patches, here.patches));
  console.log(`${model} ${kind}: largest difference from Node ${difference.toExponential(2)}`);
  expect(difference).toBeLessThan(tolerance);
});

test("a directory that is not there, and a file that is cut off, are told with their address", async () => {
  await expect(inPage("nothing", "pixels")).rejects.toThrow(/models\/nothing\/config.json: expected a file of a model/);
  cpSync(join(folder, "model"), join(folder, "cut"), { recursive: true });
  const { truncateSync } = await import("node:fs");
  truncateSync(join(folder, "cut", "model.safetensors"), 5000);
  await expect(inPage("cut", "pixels")).rejects.toThrow(/models\/cut\/model.safetensors: expected/);
});

test("the example page shows dropped pictures, their patches as colours and the nearest of those before", async () => {
  expect(await page.textContent("#state")).toBe("Ready: 4 x 4 patches, 48 numbers each.");
  const raw = { raw: { width, height, channels: 3 as const } };
  const noise = await sharp(Buffer.from(pixels), raw).png().toBuffer();
  const grey = await sharp(Buffer.alloc(pixels.length, 90), raw).png().toBuffer();
  const file = (name: string, buffer: Buffer) => ({ name, mimeType: "image/png", buffer });
  await page.setInputFiles("#files", [file("noise.png", noise), file("grey.png", grey), file("again.png", noise)]);
  await page.waitForFunction('document.querySelectorAll("figure").length === 3');
  const [again, , first] = await page.locator("figcaption").allTextContents();
  expect(first).toMatch(/^noise.png: components hold \d+% of the variance; nearest: none yet/);
  expect(again).toContain("nearest: noise.png (cosine 1.000)");
  const sizes = await page.evaluate('[...document.querySelectorAll("figure:first-child canvas")].map((c) => c.width)');
  expect(sizes).toEqual([32, 4, 32]);
  await page.screenshot({ path: join(tmpdir(), "jepa-web-page.png"), fullPage: true });
  expect(faults).toEqual([]);
});
