// The picture of a recipe whose model is as small as can be, in
// every form, and what is refused before anything is written.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands } from "../verbs.ts";
import { type Told, told } from "../world.fixture.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jepa graph "));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const small = [
  "model.width=16",
  "model.depth=2",
  "model.heads=2",
  "predictor.width=8",
  "predictor.depth=1",
  "training.batch=4",
];
const set = small.flatMap((assignment) => ["--set", assignment]);
const at = (name: string) => join(folder, name);
const graph = (...words: string[]): Promise<Told> =>
  told(["graph", ...words], commands, { environment: { JEPA_RUNS: folder } });

test("a graph is written whole, and its path and totals are told", async () => {
  const { code, out } = await graph("demo", ...set, "--out", at("model.svg"));
  expect([code, out.split("\n")[0]]).toEqual([0, at("model.svg")]);
  expect(out).toMatch(/^operations +parameters +GFLOPs\n +[\d,]+ +[\d,]+ +[\d.]+\n$/m);
  expect(readFileSync(at("model.svg"), "utf8")).toMatch(/^<svg .*<\/svg>$/s);
  expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
});

test.each([
  ["png", "\u0089PNG"],
  ["dot", "digraph"],
  ["json", "{"],
])("the ending .%s decides the form", async (ending, beginning) => {
  expect((await graph("demo", ...set, "--out", at(`model.${ending}`))).code).toBe(0);
  expect(readFileSync(at(`model.${ending}`), "latin1").startsWith(beginning)).toBe(true);
});

test("--json tells nodes, edges and totals; equal blocks are one node unless --unfolded", async () => {
  const tell = async (...words: string[]) =>
    JSON.parse((await graph("demo", ...set, "--json", "--out", at("j.dot"), ...words)).out);
  const folded = await tell();
  expect(folded).toMatchObject({ version: 1, file: at("j.dot"), program: "loss", simplified: false, pictures: 4 });
  const attention = folded.nodes.find(({ id }: { id: string }) => id === "encoder.blocks.0.attn");
  expect(attention).toMatchObject({ kind: "layer", repeats: 2, parameters: 4 * 16 * 17 });
  expect(folded.edges).toContainEqual(
    expect.objectContaining({ from: "encoder.blocks.0.norm1", to: "encoder.blocks.0.attn" }),
  );
  const unfolded = await tell("--unfolded");
  expect(unfolded.totals).toEqual(folded.totals);
  expect(unfolded.nodes.length).toBe(folded.nodes.length + 6);
  expect((await tell("--simplified")).totals.operations).toBeLessThan(folded.totals.operations);
  expect((await tell("--depth", "1")).nodes.filter(({ kind }: { kind: string }) => kind === "layer")).toHaveLength(2);
});

test.each(["features", "targets", "gradients", "update"])("the program %s can be drawn too", async (program) => {
  const { code, out } = await graph("demo", ...set, "--program", program, "--json", "--out", at("p.svg"));
  expect([code, JSON.parse(out).program]).toEqual([0, program]);
  expect(readFileSync(at("p.svg"), "utf8")).not.toContain("NaN");
});

test("a run is drawn by its name, with the micro-batch that it computes at once", async () => {
  const file = at("recipe of a run.json");
  await graph("demo", ...set, "--json", "--out", at("r.json"));
  mkdirSync(at("mine"));
  const recipe = JSON.parse((await told(["recipes", "demo", ...set, "--json"], commands)).out).recipe;
  writeFileSync(join(at("mine"), "recipe.json"), JSON.stringify(recipe));
  const origin = {
    format: 1,
    recipeName: "demo",
    created: "1970-01-01T00:00:00.000Z",
    command: ["jepa"],
    sources: {},
    versions: {},
  };
  writeFileSync(
    join(at("mine"), "origin.json"),
    JSON.stringify({ ...origin, execution: { microBatch: 2, threads: 1 } }),
  );
  const { out } = await graph("mine", "--json", "--out", at("mine.svg"));
  expect(JSON.parse(out)).toMatchObject({ recipe: "mine", pictures: 2 });
  expect(existsSync(file)).toBe(false);
});

test.each([
  [["demoo"], "did you mean demo?"],
  [["demo", "--out", "model.gif"], "model.svg"],
  [["demo", "--program", "los"], "did you mean loss?"],
  [["demo", "--depth", "0"], "from 1 to 20"],
  [["demo", "--set", "model.width=17"], "model"],
  [["demo", ...set, "--out", "/no/such/folder/x.svg"], "/no/such/folder"],
])("what is wrong is refused: %j", async (words, said) => {
  const { code, out, err } = await graph(...words);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(said);
});
