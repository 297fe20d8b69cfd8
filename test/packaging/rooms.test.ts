// The order of the rooms is one list (scripts/rooms.ts): the
// lint rule is made from it, and no folder of src is outside it.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { levels, roomRulesText } from "../../scripts/rooms.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("the lint rule is the one that the list of rooms gives (npx tsx scripts/rooms.ts writes it)", () => {
  expect(readFileSync(join(root, "biome.rooms.json"), "utf8")).toBe(roomRulesText());
});

test("every folder of src is a listed room", () => {
  const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map((folder) => folder.name).filter((name) => !levels.flat().includes(name))).toEqual([]);
});

const imports = {
  "src/data/upward.ts": "../training/index.ts",
  "src/data/beside/upward.ts": "../../training/index.ts",
  "src/random/sideways.ts": "../errors/index.ts",
  "src/data/past-the-door.ts": "../tensor/shapes.ts",
  "src/data/through-the-root.ts": "../../src/tensor/index.ts",
  "src/nn/node.ts": "node:fs",
  "src/past-the-door.ts": "./tensor/shapes.ts",
  "test/past-the-door.ts": "../src/tensor/shapes.ts",
  "src/data/down.ts": "../tensor/index.ts",
  "src/data/within.ts": "./tensor/shapes.ts",
  "src/data/node.ts": "node:fs",
  "src/door.ts": "./tensor/index.ts",
  "test/door.ts": "../src/tensor/index.ts",
};

let refused: string[] = [];
let house = "";

beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), "jepa rooms "));
  writeFileSync(join(house, "biome.rooms.json"), roomRulesText());
  writeFileSync(join(house, "biome.json"), '{ "extends": ["./biome.rooms.json"] }');
  for (const [file, specifier] of Object.entries(imports)) {
    mkdirSync(join(house, file, ".."), { recursive: true });
    writeFileSync(join(house, file), `export { name } from "${specifier}";\n`);
  }
  const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
  refused = refusedFiles(biome);
});

afterAll(() => rmSync(house, { recursive: true, force: true }));

/** The files in which biome finds a forbidden import. */
function refusedFiles(biome: string): string[] {
  const words = [biome, "lint", "--reporter=json", "--max-diagnostics=none", "."];
  const report = spawnSync(process.execPath, words, { cwd: house, encoding: "utf8" }).stdout;
  return Object.keys(imports).filter((file) => report.includes(`"${file}"`));
}

test("imports up, sideways, past a door or of Node where browsers run are refused, and no others", () => {
  expect(refused).toEqual(Object.keys(imports).slice(0, 8));
});
