import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands } from "../verbs.ts";
import { type Told, told } from "../world.fixture.ts";

let folder = "";

/** A run as it lies on the disk, begun so many seconds after 1970. */
function write(name: string, begun: number, files: Readonly<Record<string, unknown>>): void {
  const run = join(folder, name);
  mkdirSync(run);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(run, file), JSON.stringify(content));
  utimesSync(join(run, "recipe.json"), begun, begun);
}

const origin = {
  format: 1,
  recipeName: "demo",
  created: "1970-01-01T00:00:00.000Z",
  command: ["jepa"],
  sources: {},
  execution: { microBatch: 8, threads: 2 },
  versions: {},
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jepa runs "));
  write("first", 60, { "recipe.json": { training: { steps: 40 } }, "origin.json": origin });
  writeFileSync(join(folder, "first", "metrics.jsonl"), '{"step":0,"loss":0.5}\n{"step":7,"loss":0.41234}\n');
  write("\u001b[2Jodd", 120, { "recipe.json": {}, "origin.json": origin });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const list = (...words: string[]): Promise<Told> => told(["runs", "--runs", folder, ...words], commands);

test("a run whose metrics cannot be read does not hide the others", async () => {
  const place = mkdtempSync(join(tmpdir(), "jepa runs "));
  for (const name of ["good", "bad"]) {
    mkdirSync(join(place, name));
    writeFileSync(join(place, name, "recipe.json"), JSON.stringify({ training: { steps: 40 } }));
    writeFileSync(join(place, name, "origin.json"), JSON.stringify(origin));
  }
  mkdirSync(join(place, "bad", "metrics.jsonl"));
  const { code, out } = await told(["runs", "--runs", place, "--json"], commands);
  rmSync(place, { recursive: true });
  expect([code, JSON.parse(out).runs.length]).toEqual([0, 2]);
});

test("runs are listed newest first, with what is known of them, and odd names are shown, not obeyed", async () => {
  const { out, err } = await list();
  expect(out).toMatchInlineSnapshot(`
    "run           state    step  of    loss  recipe  begun
    \\u001b[2Jodd  failed      0                      1970-01-01 00:02
    first         stopped     7  40  0.4123  demo    1970-01-01 00:00
    "
  `);
  expect(err).toContain("training");
});

test("--quiet gives names alone, --json everything", async () => {
  expect((await list("first", "--quiet")).out).toBe("first\n");
  expect(JSON.parse((await list("first", "--json")).out)).toMatchObject({
    version: 1,
    runs: [{ name: "first", status: "stopped", step: 0, steps: 40, recipeName: "demo", last: { loss: 0.41234 } }],
  });
});

test("a name that isn't there gets the nearest one and exit code 2", async () => {
  expect(await list("frist")).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringContaining('did you mean "first"?'),
  });
});

test("JEPA_RUNS says where they are, and a folder without runs what to do", async () => {
  const environment = { JEPA_RUNS: join(folder, "none") };
  const { code, err } = await told(["runs"], commands, { environment });
  expect([code, err]).toEqual([0, `no runs in ${environment.JEPA_RUNS}: begin one with "jepa pretrain demo"\n`]);
});
