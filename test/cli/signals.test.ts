// Ctrl-C and SIGTERM as a person sends them, to a real process that is waiting for npm (a stand-in that never ends).
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const launcher = fileURLToPath(new URL("../../bin/jepa.js", import.meta.url));
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jepa signals "));
  mkdirSync(join(folder, "bin"));
  const npm = join(folder, "bin", "npm");
  writeFileSync(npm, `#!/bin/sh\ntouch "$JEPA_CACHE.started"\nexec sleep 60\n`);
  chmodSync(npm, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Waiting {
  readonly child: ChildProcess;
  readonly cache: string;
  readonly said: () => string;
}

/** `jepa data fetch` once npm has been started, its data to be kept in a folder of this name. */
async function fetching(name: string): Promise<Waiting> {
  const cache = join(folder, name);
  const { npm_execpath: _, ...inherited } = process.env;
  const env = { ...inherited, PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}`, JEPA_CACHE: cache };
  const child = spawn(process.execPath, [launcher, "data", "fetch", "cifar10"], { env, cwd: folder });
  const chunks: string[] = [];
  child.stderr.on("data", (chunk) => chunks.push(String(chunk)));
  while (!existsSync(`${cache}.started`)) await new Promise((resolve) => setTimeout(resolve, 20));
  return { child, cache, said: () => chunks.join("") };
}

const ending = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.on("close", resolve));

test.concurrent.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends with 130, without a stack, and leaves nothing",
  async (signal) => {
    const { child, cache, said } = await fetching(signal);
    const ended = ending(child);
    child.kill(signal);
    expect(await ended).toBe(130);
    expect(said()).toContain("interrupted");
    expect(said()).not.toMatch(/^ +at /m);
    const kept = existsSync(cache) ? readdirSync(cache, { recursive: true, withFileTypes: true }) : [];
    expect(kept.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual([]);
  },
);
