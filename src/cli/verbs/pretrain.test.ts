// pretrain, resume and recipes over a folder of small pictures and a model that is smaller still: what is
// said, made and refused. That a resumed run gives the same bits is tested where runs and training are.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomStream } from "../../random/index.ts";
import { openNodeRuntime } from "../../runtime/index.ts";
import { commands } from "../verbs.ts";
import { type Circumstances, type Told, told } from "../world.fixture.ts";

let folder = "";
let pictures = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "jepa pretrain "));
  pictures = join(folder, "my pictures");
  mkdirSync(pictures);
  const random = randomStream(0, "pictures");
  for (let picture = 0; picture < 8; picture++) {
    const raw = Buffer.from(Array.from({ length: 32 * 32 * 3 }, () => random.integer(256)));
    await sharp(raw, { raw: { width: 32, height: 32, channels: 3 } })
      .png()
      .toFile(join(pictures, `${picture}.png`));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const small = ["training.steps=4", "training.batch=4", "model.width=16", "model.depth=1", "model.heads=2"];
const smaller = [
  "predictor.width=16",
  "predictor.depth=1",
  "predictor.heads=2",
  "data.workers=0",
  "training.threads=1",
];
const tiny = [...small, ...smaller].flatMap((assignment) => ["--set", assignment]);

/** A command line whose runs are in a folder of this name. */
function jepa(runs: string, words: readonly string[], circumstances: Circumstances = {}): Promise<Told> {
  const environment = {
    JEPA_CACHE: join(folder, "cache"),
    JEPA_RUNS: join(folder, runs),
    ...circumstances.environment,
  };
  return told(words, commands, { ...circumstances, environment });
}

describe("a plain folder of pictures", () => {
  test("is trained on with sizes that are chosen and said, and the way on is shown", async () => {
    const { code, out, err } = await jepa("said", ["pretrain", pictures, ...tiny]);
    expect([code, out]).toEqual([
      0,
      `my-pictures-1 is trained: ${join(folder, "said", "my-pictures-1")}\nnext: jepa eval my-pictures-1\n`,
    ]);
    expect(err).toContain("8 pictures, half of them at least 32 pixels");
    expect(err).toMatch(/^step 4\/4 {2}100% {2}loss \d\.\d+/m);
    expect(readdirSync(join(folder, "said", "my-pictures-1"))).toContain("recipe.json");
  });

  test("gives JSON lines with --json: begin, steps, end", async () => {
    const { out } = await jepa("json", ["pretrain", pictures, ...tiny, "--json", "--name", "a"]);
    const events = out
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(events[0]).toMatchObject({ version: 1, event: "begin", name: "a", steps: 4 });
    expect(events.at(-2)).toMatchObject({ event: "step", step: 4, steps: 4, loss: expect.any(Number) });
    expect(events.at(-1)).toMatchObject({ event: "end", outcome: "trained" });
  });
});

describe("a name that is taken", () => {
  test("exits 0 and says so where the run of the same recipe is finished, 2 with the difference where it is another", async () => {
    const words = ["pretrain", pictures, ...tiny, "--name", "a"];
    await jepa("taken", words);
    const again = await jepa("taken", words);
    expect([again.code, again.out.split("\n")[0]]).toEqual([
      0,
      `a is finished already, nothing was done: ${join(folder, "taken", "a")}`,
    ]);
    const other = await jepa("taken", [...words, "--set", "seed=7"]);
    expect([other.code, other.out]).toEqual([2, ""]);
    expect(other.err).toContain("seed 0 -> 7");
  });
});

test("a run that is asked to stop saves, says how to go on, exits 130, and goes on with jepa resume", async () => {
  const asked = new AbortController();
  const onSaid = (text: string): void => {
    if (text.startsWith("run a in")) asked.abort();
  };
  const words = ["pretrain", pictures, ...tiny, "--name", "a"];
  const stopped = await jepa("stopped", words, { signal: asked.signal, onSaid });
  expect([stopped.code, stopped.out]).toEqual([130, ""]);
  expect(stopped.err).toContain("stopped after step 1; to go on: jepa resume a\n");
  expect((await jepa("stopped", words)).err).toContain('"jepa resume a"');
  const resumed = await jepa("stopped", ["resume"]);
  expect([resumed.code, resumed.out.split("\n")[0]]).toEqual([0, `a is trained: ${join(folder, "stopped", "a")}`]);
});

describe("what is wrong is refused before anything is made", () => {
  test.each([
    [["pretrain", "demoo"], "did you mean demo?"],
    [["pretrain", "./nothing.json"], "nothing.json"],
    [["pretrain", "demo", "--set", "training.step=3"], "training.steps"],
    [["pretrain", "demo", "--set", "training.steps=many"], "training.steps"],
    [["pretrain", "demo", "--set", "data.crop=33"], "data.crop"],
    [["pretrain", "demo", "--set", "data.source=/no/such/folder"], "/no/such/folder"],
    [["pretrain", "demo", "--set", "steps"], "steps"],
    [["pretrain", "demo", "--set", 'model.width={"__proto__":1}'], "model.width"],
    [["pretrain", "demo", "--name", "../up"], "--name"],
    [["pretrain", "demo", "--device", "gpu"], "--device"],
    [["resume", "nothing"], "nothing"],
  ])("%j", async (words, said) => {
    const { code, out, err } = await jepa("refused", words);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(said);
    expect(existsSync(join(folder, "refused"))).toBe(false);
  });
});

const withCuda = await openNodeRuntime({ device: "cuda", threads: 1 }).catch((error: unknown) => error);

describe("what the data or the machine lacks is refused before the run exists", () => {
  const lacking: [string, string[]][] = [
    ["a batch larger than the folder", ["--set", "training.batch=9"]],
    ["probes without labels", ["--set", "training.probeEvery=2"]],
  ];
  if (withCuda instanceof Error) lacking.push(["a device that is not there", ["--device", "cuda"]]);
  test.each(lacking)("%s", async (_, more) => {
    const { code, out } = await jepa("unmade", ["pretrain", pictures, ...tiny, ...more, "--name", "a"]);
    expect([code > 0, out]).toEqual([true, ""]);
    expect(existsSync(join(folder, "unmade"))).toBe(false);
  });
});

test("a run goes on only with the pictures that it began with", async () => {
  const copy = join(folder, "growing");
  cpSync(pictures, copy, { recursive: true });
  const asked = new AbortController();
  const onSaid = (text: string): void => {
    if (text.startsWith("run a in")) asked.abort();
  };
  const begun = await jepa("grown", ["pretrain", copy, ...tiny, "--name", "a"], { signal: asked.signal, onSaid });
  expect(begun.code).toBe(130);
  cpSync(join(copy, "0.png"), join(copy, "another.png"));
  const refused = await jepa("grown", ["resume", "a"]);
  expect([refused.code, refused.out]).toEqual([2, ""]);
  expect(refused.err).toContain("some were added, removed, renamed");
  rmSync(join(copy, "another.png"));
  expect((await jepa("grown", ["resume", "a"])).code).toBe(0);
});

test("the way on names the folder of the runs where it was given", async () => {
  const elsewhere = join(folder, "else where");
  const { out } = await jepa("here", ["pretrain", pictures, ...tiny, "--name", "a", "--runs", elsewhere]);
  expect(out).toContain(`next: jepa eval a --runs '${elsewhere}'`);
});

test("the command that a run keeps says what came from JEPA_SET, and the threads", async () => {
  const environment = { JEPA_SET: "training.steps=3;seed=5;training.probeEvery=null" };
  const words = ["pretrain", pictures, ...tiny, "--threads", "1"];
  expect((await jepa("kept", [...words, "--name", "a"], { environment })).code).toBe(0);
  const { command }: { command: string[] } = JSON.parse(readFileSync(join(folder, "kept", "a", "origin.json"), "utf8"));
  const inherited = ["--set", "training.probeEvery=null", "--set", "seed=5"];
  expect(command).toEqual(["jepa", "pretrain", pictures, ...inherited, ...tiny, "--threads", "1"]);
});

test("--measure takes real steps for --dry-run, and means nothing alone", async () => {
  const { code, out } = await jepa("dry", ["pretrain", pictures, ...tiny, "--dry-run", "--measure", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out).plan.secondsPerStep).toBeGreaterThan(0);
  expect((await jepa("dry", ["pretrain", "no-such-recipe", "--measure"])).err).toContain("--dry-run");
  expect(existsSync(join(folder, "dry"))).toBe(false);
});

test("--measure stops between its steps where it is asked to", async () => {
  const asked = new AbortController();
  const onSaid = (): void => asked.abort(); // what was chosen for the folder, when nothing is left but to measure
  const words = ["pretrain", pictures, ...tiny, "--dry-run", "--measure"];
  const { code, out, err } = await jepa("dry", words, { signal: asked.signal, onSaid });
  expect([code, out]).toEqual([130, ""]);
  expect(err).toMatch(/^8 pictures/);
});

test("more checkpoints to keep than the run writes take no more room than those", async () => {
  const plan = async (keep: number): Promise<number> => {
    const words = ["pretrain", pictures, ...tiny, "--set", `training.keep=${keep}`, "--dry-run", "--json"];
    return JSON.parse((await jepa("dry", words)).out).plan.diskBytes;
  };
  expect(await plan(100_000)).toBe(await plan(1)); // one, at the last of four steps
});

test("--dry-run prints what it would cost and makes nothing", async () => {
  const { code, out } = await jepa("dry", ["pretrain", "demo", "--dry-run"]);
  expect(code).toBe(0);
  for (const row of ["pictures", "parameters", "steps", "operations", "memory", "disk", "time"]) {
    expect(out).toMatch(new RegExp(`^${row} +\\S`, "m"));
  }
  expect(existsSync(join(folder, "dry"))).toBe(false);
});

describe("jepa recipes", () => {
  test("lists the recipes", async () => {
    expect(JSON.parse((await jepa("recipes", ["recipes", "--json"])).out)).toMatchObject({
      recipes: [{ name: "demo" }, { name: "ijepa-cifar10" }, { name: "collapse" }],
    });
  });

  test("shows each value with where it comes from: flag over environment over file over preset over default", async () => {
    const file = join(folder, "mine.json");
    writeFileSync(file, JSON.stringify({ extends: "demo", seed: 3, training: { steps: 5, batch: 6 } }));
    const words = ["recipes", file, "--set", "training.steps=9", "--json"];
    const { out } = await jepa("recipes", words, { environment: { JEPA_SET: "training.steps=8;training.batch=7" } });
    const { fields }: { fields: { path: string; value: unknown; source: string }[] } = JSON.parse(out);
    const shown = (path: string): unknown[] =>
      fields.filter((field) => field.path === path).map((f) => [f.value, f.source]);
    expect(shown("training.steps")).toEqual([[9, "--set"]]);
    expect(shown("training.batch")).toEqual([[7, "JEPA_SET"]]);
    expect(shown("seed")).toEqual([[3, `file "${file}"`]]);
    expect(shown("model.width")).toEqual([[128, 'preset "demo"']]);
    expect(shown("training.keep")).toEqual([[3, "default"]]);
  });
});
