import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CorruptFile, UserError } from "../errors/index.ts";
import { readText } from "./index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa text "));
});
afterEach(() => rm(folder, { recursive: true }));

describe("readText", () => {
  it("gives a file's text, without a byte order mark", async () => {
    const path = join(folder, "a.json");
    await writeFile(path, "\ufeff{ größer }");
    expect(await readText(path)).toBe("{ größer }");
  });

  it("refuses what is not UTF-8", async () => {
    const path = join(folder, "a.json");
    await writeFile(path, Uint8Array.of(0x7b, 0xff, 0x7d));
    await expect(readText(path)).rejects.toBeInstanceOf(CorruptFile);
    await expect(readText(path)).rejects.toThrow(
      "a.json: expected text in UTF-8, received other bytes: save it as UTF-8",
    );
  });

  it.each([
    ["nothing", async () => undefined, "received no such file or folder"],
    ["a folder", (path: string) => mkdir(path), "expected a file, received a folder"],
    [
      "a link to itself",
      (path: string) => symlink(path, path),
      "received a link that leads back to itself: mend the link",
    ],
  ])("refuses %s", async (_, make, message) => {
    const path = join(folder, "a.json");
    await make(path);
    await expect(readText(path)).rejects.toBeInstanceOf(UserError);
    await expect(readText(path)).rejects.toThrow(message);
  });

  it("refuses a path that is too long, or below a file", async () => {
    await expect(readText(join(folder, "a".repeat(5000)))).rejects.toThrow(
      /a{20}\.\.\.: expected a path that the disk/,
    );
    await writeFile(join(folder, "file"), "");
    await expect(readText(join(folder, "file", "a.json"))).rejects.toThrow("received a file where a folder should be");
  });

  it.skipIf(process.platform === "win32")("refuses a pipe at once, without waiting for its writer", async () => {
    const path = join(folder, "pipe.json");
    await promisify(execFile)("mkfifo", [path]);
    await expect(readText(path)).rejects.toThrow("expected a file, received a pipe, a socket or a device");
  });
});
