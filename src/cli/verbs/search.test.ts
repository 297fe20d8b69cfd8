// Claims: what is indexed is found, with its table, sheet and JSON, from any working directory; near-identical pictures
// are found; what cannot be done is told with exit code 2 and leaves no sheet.

import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomStream } from "../../random/index.ts";
import { commands } from "../verbs.ts";
import { told } from "../world.fixture.ts";

const home = process.cwd();
const model = join(home, "test/goldens/hf-ijepa-tiny/model");
let folder = "";
const jepa = (line: string, environment: Record<string, string> = {}) => {
  return told(line.split(" "), commands, { environment });
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa-search-"));
  process.chdir(folder);
  await mkdir("photos");
  for (let i = 0; i < 6; i++) {
    const random = randomStream(i, "pictures");
    const pixels = Buffer.from(
      Array.from({ length: 40 * 30 * 3 }, (_, at) => (at * (i + 1) * 3 + random.integer(64)) % 256),
    );
    await sharp(pixels, { raw: { width: 40, height: 30, channels: 3 } })
      .png()
      .toFile(`photos/${i}.png`);
  }
  await copyFile("photos/2.png", "photos/2 again.png");
  await copyFile("photos/4.png", "query.png");
  const { code, out, err } = await told(["index", "photos", "--model", model, "--json"], commands);
  expect(code, err).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ folder: "index", added: 7, changed: 0, removed: 0, skipped: [], total: 7 });
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true, force: true });
});

test("a copy of a picture finds it first, at similarity 1, without naming the model again", async () => {
  const { code, out, err } = await jepa("search query.png --top 3");
  expect(code, err).toBe(0);
  const [heading, first, ...rest] = out.trimEnd().split("\n");
  expect(heading).toBe("rank  similarity  path");
  expect(first).toBe("   1      1.0000  photos/4.png");
  expect(rest).toHaveLength(3);
  expect(rest[2]).toBe("hits.png");
  expect(err).toMatch(/compared with 7 pictures in \d+\.\d ms/);
  expect((await sharp("hits.png").metadata()).format).toBe("png");
});

test("a picture of the index is not its own hit; JSON tells all; another working directory changes nothing", async () => {
  const here = JSON.parse((await jepa("search photos/2.png --json --out a.png")).out);
  expect(here).toMatchObject({ picture: "photos/2.png", searched: 7, sheet: "a.png" });
  expect(here.hits).toHaveLength(6);
  expect(here.hits[0]).toMatchObject({ path: "photos/2 again.png", similarity: expect.closeTo(1, 5) });
  await mkdir("below");
  process.chdir("below");
  try {
    const { out, err } = await jepa("search ../photos/2.png --in ../index --json");
    expect(err).not.toContain("error");
    expect(JSON.parse(out).hits[0].path).toBe("../photos/2 again.png");
    expect(await readdir(".")).toEqual(["hits.png"]);
  } finally {
    process.chdir(folder);
  }
});

test("near-identical pictures are one group; where there are none, no sheet is written", async () => {
  const { out, code } = await jepa("search --duplicates --at-least 0.99999");
  expect(code).toBe(0);
  expect(out).toContain("    1      1.0000  photos/2 again.png\n    1      1.0000  photos/2.png\nduplicates.png");
  await rm("duplicates.png");
  await rm("photos/2 again.png");
  expect((await told(["index", "photos", "--model", model], commands)).out).toContain("removed  1");
  const { out: none } = await jepa("search --duplicates --at-least 1");
  expect(none).toBe("no near-identical pictures\n");
  expect(await readdir(".")).not.toContain("duplicates.png");
});

test.each([
  ["search", /a picture, or --duplicates, received neither/],
  ["search query.png --duplicates", /received both/],
  ["search query.png --in nowhere", /expected an index of pictures, received none/],
  ["search nowhere.png", /nowhere\.png: expected a picture.*no such file/],
  ["search notes.png", /notes\.png: expected a picture/],
  ["search query.png --out photos/0.png", /--out: expected a name that ends in \.png, of none of the pictures/],
  ["search query.png --out hits.jpg", /--out: expected a name that ends in \.png/],
  ["search query.png --model random:tiny", /expected the model that its vectors are of/],
  ["index photos", /--model: expected/],
  ["index photos --model random:tiny", /--force to make the index anew/],
])("jepa %s is refused", async (line, words) => {
  await writeFile("notes.png", "no picture");
  const { code, err } = await jepa(line);
  expect(err).toMatch(words);
  expect(code).toBe(2);
});

test("an index that was made for nothing is gone again, however its folder was written", async () => {
  await writeFile("notes.png", "no picture");
  const { code, err } = await told(["index", "notes.png", "--model", model, "--in", "fresh/"], commands);
  expect([code, err]).toEqual([2, expect.stringContaining("pictures that can be read")]);
  expect((await readdir(".")).filter((name) => name.startsWith("fresh"))).toEqual([]);
});

test("an index whose model is gone says how to go on", async () => {
  const listing = JSON.parse(await readFile("index/jepa-index.json", "utf8"));
  listing.opening.source = "moved-away";
  await writeFile("index/jepa-index.json", JSON.stringify(listing));
  const { code, err } = await jepa("search query.png");
  expect([code, err]).toEqual([2, expect.stringMatching(/its model, index.moved-away.*--model/)]);
  const again = await told(["search", "query.png", "--model", model], commands);
  expect(again.code, again.err).toBe(0);
});
