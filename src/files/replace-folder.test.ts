// Claims: a folder appears whole, in place of what was there; where filling fails, what was there stays and nothing
// else is left.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../errors/index.ts";
import { beside } from "./beside.ts";
import { replaceFolderBy } from "./replace-folder.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jepa folders "));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const filled = (text: string) => async (place: string) => writeFileSync(join(place, "file"), text);

test("a folder appears with the folders above it, and is replaced as a whole", async () => {
  const path = join(folder, "above", "it");
  await replaceFolderBy(path, filled("first"));
  writeFileSync(join(path, "other"), "");
  await replaceFolderBy(path, filled("second"));
  expect(readdirSync(path)).toEqual(["file"]);
  expect(readFileSync(join(path, "file"), "utf8")).toBe("second");
  expect(readdirSync(join(folder, "above"))).toEqual(["it"]);
});

test("where filling fails, what was there stays and nothing is left beside it", async () => {
  const path = join(folder, "it");
  await replaceFolderBy(path, filled("first"));
  const failing = replaceFolderBy(path, async (place) => {
    mkdirSync(join(place, "deep"));
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(readFileSync(join(path, "file"), "utf8")).toBe("first");
  expect(readdirSync(folder)).toEqual(["it"]);
});

test("a place below a file is a fault of the path", async () => {
  writeFileSync(join(folder, "file"), "");
  await expect(replaceFolderBy(join(folder, "file", "it"), filled(""))).rejects.toThrow(UserError);
});

test("what a killed process left beside the place is taken away, or put back where nothing took its place", async () => {
  const path = join(folder, "it");
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const [gone, living] = [pid, process.pid].map((maker) => (what: "partial" | "former") => {
    return beside(path, what).replace(`-${process.pid}-`, `-${maker}-`);
  });
  for (const left of [gone("partial"), living("partial"), gone("former")]) {
    mkdirSync(left);
    writeFileSync(join(left, "file"), "left");
  }
  const failing = replaceFolderBy(path, async () => {
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(readFileSync(join(path, "file"), "utf8")).toBe("left");
  mkdirSync(gone("former"));
  await replaceFolderBy(path, filled("new"));
  expect(readFileSync(join(path, "file"), "utf8")).toBe("new");
  expect(readdirSync(folder)).toEqual([expect.stringMatching(`^\\.it\\..*-${process.pid}-.*partial$`), "it"]);
});
