// The package's doors: what each may load, and how many names
// the first one has. The files are read, nothing is imported.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = fileURLToPath(new URL("../../src", import.meta.url));

/**
 * Everything that is loaded with `file`: its own files, and
 * the packages and Node modules that they import, types aside.
 */
function loadedWith(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, "utf8").replace(/^(import|export) type [^;]*;/gm, "");
  for (const [, specifier = ""] of text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)";|^import "([^"]+)";/gm)) {
    if (specifier.startsWith(".")) loadedWith(resolve(dirname(file), specifier), seen);
    else seen.add(specifier);
  }
  return seen;
}

const foreign = (door: string): string[] =>
  [...loadedWith(join(source, door))].filter((name) => !name.startsWith(source));

test('importing "jepa" or "jepa/tensor" loads no Node module, no engine and nothing but zod', () => {
  expect(foreign("index.ts")).toEqual(["zod"]);
  expect(foreign("tensor/index.ts")).toEqual([]);
});

test('importing "jepa/web" or the second door of a room loads no Node module, no engine and nothing but zod', () => {
  expect(foreign("web/index.ts")).toEqual(["zod"]);
  for (const room of ["files", "data", "hub", "embedding", "figures"]) {
    expect(foreign(`${room}/any-runtime.ts`).filter((name) => name !== "zod")).toEqual([]);
  }
});

test('importing "jepa/node" loads neither the engine nor the picture decoder', () => {
  expect(foreign("node.ts").filter((name) => !name.startsWith("node:"))).toEqual(["zod"]);
});

test("the command line loads nothing before it knows what to do", () => {
  const packages = foreign("cli/main.ts").filter((name) => !name.startsWith("node:"));
  expect(packages).toEqual([]);
  const rooms = [...loadedWith(join(source, "cli/main.ts"))].filter((name) => name.startsWith(source));
  expect(rooms.map((name) => name.slice(source.length + 1).split("/")[0])).not.toContain("tensor");
});

test("the first door has at most 60 names, listed one by one", () => {
  const text = readFileSync(join(source, "index.ts"), "utf8");
  const names = [...text.matchAll(/export (?:type )?{([^}]*)}/g)].flatMap(([, list = ""]) => list.split(","));
  expect(names.filter((name) => name.trim() !== "").length).toBeLessThanOrEqual(60);
  expect(text).not.toContain("export *");
});
