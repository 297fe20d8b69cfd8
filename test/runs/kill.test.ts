// Claim: a process killed with SIGKILL at any instant, also before its first checkpoint and
// in the middle of writing one, is resumed to the same files as one that was never killed.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa kill "));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function start(runs: string, ...options: readonly string[]): ChildProcess {
  const writer = fileURLToPath(new URL("./writer.ts", import.meta.url));
  return spawn(process.execPath, ["--import", "tsx", writer, runs, ...options], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

async function untilEnded(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.exitCode).toBe(0);
}

/**
 * Waits until the child's run shows what `isSeen` looks for among the names in its folder; false where it ended first.
 */
async function sees(
  child: ChildProcess,
  place: string,
  isSeen: (names: readonly string[]) => boolean,
): Promise<boolean> {
  while (child.exitCode === null) {
    if (isSeen(await readdir(place).catch(() => []))) return true;
    await pause(1);
  }
  return false;
}

async function lastLine(path: string): Promise<string | undefined> {
  return (await readFile(path, "utf8").catch(() => "")).split("\n").at(-2);
}

/** Every file below a folder but the lock's, by its path. */
async function content(place: string, path = ""): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(join(place, path), { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isFile()) found.set(below, (await readFile(join(place, below))).toString("base64"));
    else if (entry.name !== "lock") for (const [name, text] of await content(place, below)) found.set(name, text);
  }
  return found;
}

it("ends with the same bytes after kills before the first checkpoint, while one is written, and at random", async () => {
  const whole = await mkdtemp(join(folder, "whole-"));
  const begun = performance.now();
  await untilEnded(start(whole));
  const duration = performance.now() - begun;

  const killed = await mkdtemp(join(folder, "killed-"));
  const checkpoints = join(killed, "killed", "checkpoints");
  const landed: string[] = [];

  const first = start(killed, "60000");
  while ((await lastLine(join(killed, "killed", "metrics.jsonl"))) === undefined) await pause(5);
  await kill(first);
  expect((await readdir(checkpoints)).filter((name) => name.startsWith("step-"))).toEqual([]);

  const second = start(killed);
  if (await sees(second, checkpoints, (names) => names.some((name) => name.startsWith(".writing-"))))
    landed.push("write");
  await kill(second);
  for (let round = 0; round < 3; round++) {
    const child = start(killed);
    await pause(Math.random() * duration);
    if (child.exitCode === null) landed.push("random");
    await kill(child);
  }
  await untilEnded(start(killed));

  expect(landed.length).toBeGreaterThanOrEqual(1); // all four all but always; the last step may have come first
  expect(await content(killed)).toEqual(await content(whole));
}, 300_000);
