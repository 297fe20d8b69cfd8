import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../errors/index.ts";
import { cacheFolder, diskFault, errorCode, replaceFile, replaceFileBy, writeWhole } from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa files "));
});
afterAll(() => rm(folder, { recursive: true }));

const nodeError = (code: string) => Object.assign(new Error(code), { code });

describe("replaceFile", () => {
  it("replaces the whole content and leaves nothing beside it", async () => {
    const path = join(folder, "a.json");
    await replaceFile(path, "a long first content");
    await replaceFile(path, "é");
    expect(await readFile(path, "utf8")).toBe("é");
    await replaceFile(path, Uint8Array.of(1, 2));
    expect([...(await readFile(path))]).toEqual([1, 2]);
    expect(await readdir(folder)).toEqual(["a.json"]);
  });

  it("keeps the old file and nothing else where writing fails half way", async () => {
    const path = join(folder, "kept.bin");
    await writeFile(path, "old");
    const failing = replaceFileBy(path, async (file) => {
      await writeWhole(file, Buffer.from("half"));
      throw nodeError("ENOSPC");
    });
    await expect(failing).rejects.toThrow("expected room on the disk, received a full disk: free some space");
    await expect(failing).rejects.toMatchObject({ exitCode: 1, where: path });
    expect(await readFile(path, "utf8")).toBe("old");
    expect((await readdir(folder)).filter((name) => name.includes("kept"))).toEqual(["kept.bin"]);
  });

  it("shows a reader the old file or the new one while several writers race", async () => {
    const path = join(folder, "raced.txt");
    const contents = Array.from({ length: 12 }, (_, writer) => String(writer).repeat(50_000));
    await replaceFile(path, contents[0] ?? "");
    const seen: string[] = [];
    await Promise.all(
      contents.map(async (content) => {
        await replaceFile(path, content);
        seen.push(await readFile(path, "utf8"));
      }),
    );
    expect(seen.every((content) => contents.includes(content))).toBe(true);
  });

  it("says so where the folder does not exist", async () => {
    await expect(replaceFile(join(folder, "no", "file"), "x")).rejects.toThrow("received no such file or folder");
  });
});

describe("diskFault", () => {
  it.each([
    ["ENOSPC", 1],
    ["EDQUOT", 1],
    ["EROFS", 1],
    ["EACCES", 2],
    ["ENOENT", 2],
  ])("turns %s into a fault of exit code %i", (code, exitCode) => {
    const cause = nodeError(code);
    const fault = diskFault("/data", cause);
    expect(fault).toBeInstanceOf(UserError);
    expect(fault).toMatchObject({ exitCode, cause, where: "/data" });
  });

  it("passes on what it does not know", () => {
    const unknown = nodeError("EWEIRD");
    expect(diskFault("/data", unknown)).toBe(unknown);
    expect(diskFault("/data", "text")).toBe("text");
    expect(errorCode({ code: "ENOENT" })).toBeUndefined();
  });
});

describe("cacheFolder", () => {
  it.each([
    { environment: { JEPA_CACHE: "/data/jepa", HOME: "/home/a" }, platform: "linux", path: "/data/jepa" },
    { environment: { JEPA_CACHE: "", HOME: "/home/a" }, platform: "linux", path: "/home/a/.cache/jepa" },
    { environment: { XDG_CACHE_HOME: "/var/c", HOME: "/home/a" }, platform: "linux", path: "/var/c/jepa" },
    { environment: { HOME: "/Users/a" }, platform: "darwin", path: "/Users/a/Library/Caches/jepa" },
    { environment: { LOCALAPPDATA: "/local", HOME: "/u" }, platform: "win32", path: "/local/jepa/Cache" },
    { environment: { USERPROFILE: "/u" }, platform: "win32", path: "/u/AppData/Local/jepa/Cache" },
  ] as const)("is $path on $platform for $environment", ({ environment, platform, path }) => {
    expect(cacheFolder(environment, platform)).toBe(path);
  });
});
