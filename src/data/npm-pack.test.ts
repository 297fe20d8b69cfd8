import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Interrupted, UserError } from "../errors/index.ts";
import { fetchFault, npmPack } from "./npm-pack.ts";

let home: string;
let into: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "jepa npm "));
  into = join(home, "into");
  await mkdir(into);
});
afterEach(() => rm(home, { recursive: true }));

/** An environment whose `npm` is this script. */
async function withNpm(script: string): Promise<Record<string, string>> {
  const path = join(home, "npm");
  await writeFile(path, `#!${process.execPath}\n${script}`);
  await chmod(path, 0o755);
  return { PATH: [home, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter), TOKEN: "kept" };
}

describe("npmPack", () => {
  it("asks npm for one archive, without scripts, in the folder and with the person's environment", async () => {
    const environment = await withNpm(`
      const fs = require("node:fs");
      fs.writeFileSync("given.json", JSON.stringify([process.argv.slice(2, 4), process.argv.includes("--ignore-scripts"), process.env.TOKEN]));
      fs.copyFileSync("given.json", "a-1.0.0.tgz");`);
    const archive = await npmPack("a@1.0.0", into, { environment });
    expect(archive).toBe(join(into, "a-1.0.0.tgz"));
    const { default: given } = await import(join(into, "given.json"), { with: { type: "json" } });
    expect(given).toEqual([["pack", "a@1.0.0"], true, "kept"]);
  });

  it("starts npm's own script inside `npm run`, whatever lies on the PATH", async () => {
    const script = join(home, "npm-cli.js");
    await writeFile(script, 'require("node:fs").writeFileSync("b-2.0.0.tgz", process.argv[2]);');
    const archive = await npmPack("b@2.0.0", into, { environment: { PATH: into, npm_execpath: script } });
    expect(archive).toBe(join(into, "b-2.0.0.tgz"));
  });

  it("says what npm said where it fails, with exit code 1", async () => {
    const environment = await withNpm(`
      console.error("npm error code ENOTFOUND\\nnpm error syscall getaddrinfo\\nnpm error network request failed"); process.exit(1);`);
    const fetching = npmPack("a@1.0.0", into, { environment });
    await expect(fetching).rejects.toThrow(
      "a@1.0.0: expected npm to fetch this package, received ENOTFOUND (network request failed)",
    );
    await expect(fetching).rejects.toThrow("no network: connect once and try again");
    await expect(fetching).rejects.toMatchObject({ exitCode: 1 });
  });

  it("says so where npm leaves no archive", async () => {
    const environment = await withNpm("");
    await expect(npmPack("a@1.0.0", into, { environment })).rejects.toThrow("npm ended well but left no archive");
  });

  it("says so where there is no npm", async () => {
    const fetching = npmPack("a@1.0.0", into, { environment: { PATH: into } });
    await expect(fetching).rejects.toThrow("npm: expected the npm client on the PATH");
    await expect(fetching).rejects.toMatchObject({ exitCode: 1 });
  });

  it("stops npm where it is interrupted", async () => {
    const environment = await withNpm("setTimeout(() => {}, 60_000);");
    const stop = new AbortController();
    const fetching = npmPack("a@1.0.0", into, { environment, signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    await expect(fetching).rejects.toThrow(Interrupted);
  });
});

describe("fetchFault", () => {
  it.each([
    ["npm error code E404\nnpm error 404 Not Found", "set another one in npm's configuration"],
    ["npm ERR! code EAI_AGAIN\nnpm ERR! errno EAI_AGAIN\nnpm ERR! request failed", "there seems to be no network"],
    [
      "npm error code ENOTCACHED\nnpm error request to https://r/a failed: cache mode is 'only-if-cached'",
      "without --offline",
    ],
    ["npm error code ENOSPC\nnpm error nospc There appears to be insufficient space", "the disk is full"],
    ["npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write", "the disk is full"],
    ["something else", "received something else: see npm's message"],
    ["", "received no message"],
  ])("knows a remedy for %j", (messages, says) => {
    const fault = fetchFault("a@1", messages);
    expect(fault).toBeInstanceOf(UserError);
    expect(fault.message).toContain(says);
    expect(fault.exitCode).toBe(1);
  });
});
