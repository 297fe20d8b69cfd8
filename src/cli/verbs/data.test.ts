import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands } from "../verbs.ts";
import { type Told, told } from "../world.fixture.ts";

let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "jepa data "));
  for (const [name, pictures] of [
    ["cats", 2],
    ["dogs", 1],
  ] as const) {
    mkdirSync(join(folder, "pictures", name), { recursive: true });
    for (let picture = 0; picture < pictures; picture++) {
      const square = sharp({ create: { width: 8, height: 8, channels: 3, background: { r: picture, g: 9, b: 99 } } });
      await square.png().toFile(join(folder, "pictures", name, `${picture}.png`));
    }
  }
  writeFileSync(join(folder, "pictures", "dogs", "broken.jpg"), "not a picture");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const data = (...words: string[]): Promise<Told> =>
  told(["data", ...words], commands, { environment: { JEPA_CACHE: join(folder, "cache"), PATH: "" } });

test("data show counts a folder's pictures by class and names what cannot be read", async () => {
  const { code, out } = await data("show", join(folder, "pictures"));
  expect(code).toBe(0);
  expect(out.replaceAll(folder, "FOLDER")).toMatchInlineSnapshot(`
    "FOLDER/pictures: 3 pictures in 2 classes
    class  pictures
    cats          2
    dogs          1
    cannot be read: dogs/broken.jpg (it is in no format that is read)
    "
  `);
});

test("data show counts one as one, and says why sub-folders are no classes", async () => {
  const place = join(folder, "alone");
  mkdirSync(join(place, "cats"), { recursive: true });
  cpSync(join(folder, "pictures", "cats", "0.png"), join(place, "cats", "0.png"));
  expect((await data("show", place)).out).toContain(": 1 picture in 1 class\n");
  cpSync(join(folder, "pictures", "cats", "0.png"), join(place, "stray.png"));
  const { out } = await data("show", place);
  expect(out.split("\n").slice(0, 2)).toEqual([
    `${place}: 2 pictures, no labels`,
    "sub-folders are not taken as classes, because stray.png lies beside them: move it into one to have labels",
  ]);
  expect(JSON.parse((await data("show", place, "--json")).out).notice).toContain("stray.png");
});

test("data show says how many are held out", async () => {
  const place = join(folder, "held out");
  for (const name of ["cats", "dogs"]) {
    mkdirSync(join(place, name), { recursive: true });
    for (let i = 0; i < 5; i++) cpSync(join(folder, "pictures", "cats", "0.png"), join(place, name, `${i}.png`));
  }
  expect((await data("show", place)).out).toContain(
    ": 8 pictures in 2 classes\n2 more files are held out for jepa eval: every fifth of a class (--split test)\n",
  );
  expect((await data("show", place, "--split", "test")).out).not.toContain("held out for");
  expect(JSON.parse((await data("show", place, "--json")).out).heldOut).toBe(2);
});

test("nothing given is told as nothing under --json too", async () => {
  const { out } = await data("show", "--json");
  expect(JSON.parse(out).error).toMatchObject({ received: "nothing", exitCode: 2 });
});

test("data show --json gives the same as data", async () => {
  expect(JSON.parse((await data("show", join(folder, "pictures"), "--json")).out)).toMatchObject({
    version: 1,
    pictures: 3,
    classes: [
      { name: "cats", pictures: 2 },
      { name: "dogs", pictures: 1 },
    ],
    skipped: [{ path: expect.stringContaining("broken.jpg") }],
  });
});

test("a missing folder and an unknown data set are misuse", async () => {
  expect(await data("show", join(folder, "nothing"))).toMatchObject({ code: 2, out: "" });
  expect(await data("fetch", "cifar")).toMatchObject({
    code: 2,
    err: expect.stringContaining("did you mean cifar10?"),
  });
});

test("fetching without a way to the network fails with exit code 1, says what to do and leaves nothing", async () => {
  const { code, out, err } = await data("fetch", "cifar10", "--offline");
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("install npm");
});
