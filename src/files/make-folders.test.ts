import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolders } from "./make-folders.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa-folders-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("makes what is missing, tells the first that it made, and lets be what is there", async () => {
  expect(await makeFolders(join(folder, "a", "b", "c"))).toBe(join(folder, "a"));
  expect(await makeFolders(join(folder, "a", "b"))).toBeUndefined();
  await writeFile(join(folder, "file"), "");
  await expect(makeFolders(join(folder, "file"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolders(join(folder, "file", "x"))).rejects.toMatchObject({ code: "ENOTDIR" });
});

test("lets several make the same folders at once", async () => {
  for (let round = 0; round < 20; round++) {
    const place = join(folder, `round ${round}`, "b", "c");
    await Promise.all(Array.from({ length: 8 }, () => makeFolders(place)));
    expect(await makeFolders(place)).toBeUndefined();
  }
});

test.skipIf(process.platform !== "linux")("ends where nothing can be made in a folder that is there", async () => {
  await expect(makeFolders("/proc/jepa/x")).rejects.toMatchObject({ code: "ENOENT" });
});
