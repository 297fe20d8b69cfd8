#!/usr/bin/env node
// The command `jepa`: the built code if it is there and not older than the sources, else the sources through tsx.
// Plain JavaScript and committed, so that it works after `npm ci` alone (no build, no install scripts) and from a packed package.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const built = join(root, "dist", "cli", "main.js");
const source = join(root, "src", "cli", "main.ts");

/** Whether a source file (tests and their fixtures aside) in `folder` was written after `time` (milliseconds). */
function newerThan(time, folder) {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return newerThan(time, path);
    return /(?<!\.(test|fixture))\.ts$/.test(entry.name) && statSync(path).mtimeMs > time;
  });
}

const hasSource = existsSync(source);
if (existsSync(built) && !(hasSource && newerThan(statSync(built).mtimeMs, join(root, "src")))) {
  await import("../dist/cli/main.js");
} else if (hasSource) {
  const tsx = await import("tsx/esm/api").catch(() => undefined);
  if (tsx === undefined) {
    process.stderr.write(`jepa is not built and tsx is not installed in ${root}: run "npm ci" there first\n`);
    process.exitCode = 1;
  } else {
    tsx.register({ tsconfig: join(root, "tsconfig.json") });
    await import("../src/cli/main.ts");
  }
} else {
  process.stderr.write(`jepa's code is missing from ${root}: install the package again\n`);
  process.exitCode = 1;
}
