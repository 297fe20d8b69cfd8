// The engine of version 1.30 keeps and sends telemetry unless it is told not to before it is loaded.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("the engine leaves no device id or event in a person's folders", () => {
  const home = mkdtempSync(join(tmpdir(), "jepa-home-"));
  const door = new URL("../../src/runtime/index.ts", import.meta.url).href;
  const script = `const { openNodeRuntime } = await import(${JSON.stringify(door)}); await openNodeRuntime({ threads: 1 });`;
  const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...others } = process.env;
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const words = ["--import", "tsx", "--input-type=module", "--eval", script];
  execFileSync(process.execPath, words, { cwd: root, env: { ...others, HOME: home } });
  const left = readdirSync(home, { recursive: true }).map(String);
  rmSync(home, { recursive: true });
  expect(left.filter((path) => /onnxruntime|Microsoft/.test(path))).toEqual([]);
});
