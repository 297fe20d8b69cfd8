// eval and report over runs of a very small model: the figures and their form, the page and
// its pictures, what is refused, and what a report leaves out. Once each through the real
// launcher; a run is trained once and copied where it is to be damaged.
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { randomStream } from "../../random/index.ts";
import { commands } from "../verbs.ts";
import { type Told, told } from "../world.fixture.ts";

// A report is a dozen files, each flushed to the disk, which waits for whatever else the machine is writing.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const launcher = fileURLToPath(new URL("../../../bin/jepa.js", import.meta.url));
let folder = "";
let environment: Record<string, string> = {};

/**
 * Noisy squares of 8 x 8 pixels, brighter in one channel: what they
 * show is in their colour, or, where `bright` is 0, in nothing.
 */
async function drawPictures(place: string, bright: number): Promise<void> {
  mkdirSync(place, { recursive: true });
  const stream = randomStream(0, "pictures", place.length);
  for (let picture = 0; picture < 10; picture++) {
    const raw = Buffer.from(
      Array.from({ length: 8 * 8 * 3 }, (_, at) => (at % 3 === 0 ? bright : 0) + stream.integer(90)),
    );
    const png = sharp(raw, { raw: { width: 8, height: 8, channels: 3 } }).png();
    await png.toFile(join(place, `${picture}.png`));
  }
}

const tiny = [
  ...["training.steps=2", "training.batch=4", "training.threads=1", "training.checkpointEvery=1"],
  ...["model.width=8", "model.depth=2", "model.heads=2", "model.patch=2", "data.crop=8", "data.workers=0"],
  ...["predictor.width=8", "predictor.depth=1", "predictor.heads=2"],
  ...["masks.contextTokens=4", "masks.targets=2", "masks.targetTokens=4"],
].flatMap((assignment) => ["--set", assignment]);

const jepa = (...words: string[]): Promise<Told> => told(words, commands, { environment });

/** A copy of the trained run, to be damaged. */
function copyOf(name: string, of = "small"): string {
  const copy = join(folder, "runs", name);
  cpSync(join(folder, "runs", of), copy, { recursive: true });
  return copy;
}

const lineForm = z.looseObject({ step: z.number(), probe: z.number().optional() });

/** The lines of a run's metrics, without what a clock or the machine decides. */
function metricsOf(run: string) {
  const lines = readFileSync(join(run, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  return lines.map((text) => {
    const { imagesPerSecond: _pace, dataWait: _wait, peakBytes: _peak, ...line } = lineForm.parse(JSON.parse(text));
    return line;
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "jepa eval "));
  environment = { JEPA_CACHE: join(folder, "cache"), JEPA_RUNS: join(folder, "runs") };
  await drawPictures(join(folder, "colours", "dark"), 0);
  await drawPictures(join(folder, "colours", "red"), 150);
  await drawPictures(join(folder, "noise", "one"), 0);
  await drawPictures(join(folder, "noise", "other"), 0);
  await drawPictures(join(folder, "heap"), 0);
  await drawPictures(join(folder, "single", "only"), 0);
  const { code, err } = await jepa("pretrain", join(folder, "colours"), ...tiny, "--name", "small");
  expect(code, err).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const share = expect.toSatisfy((value: unknown) => typeof value === "number" && value >= 0 && value <= 1);
const figure = { accuracy: share, interval: [share, share] };
const encoder = { knn: figure, linear: figure, linearLast4: figure };

describe("eval", () => {
  test("by the launcher prints one JSON object with results and floors, and writes the same into the run", async () => {
    const env = { ...process.env, ...environment };
    const words = [launcher, "eval", "small", "--json", "--threads", "1"];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, words, { env });
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const { version, file, ...printed } = JSON.parse(stdout);
    expect(printed).toMatchObject({
      model: "small",
      data: join(folder, "colours"),
      samples: { train: 16, test: 4 },
      floors: { pixels: { knn: figure, linear: figure }, untrained: encoder, majority: figure },
      results: encoder,
      rank: { trained: expect.any(Number), untrained: expect.any(Number), width: 8 },
      protocol: { seed: 0, knn: { k: 20, temperature: 0.07 }, pixels: { side: 8 } },
      checkpoint: { step: 2, encoder: "target_encoder" },
      quick: false,
      versions: { node: process.versions.node },
    });
    expect([version, file]).toEqual([1, join(folder, "runs", "small", "evaluation.json")]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(printed);
    expect(stderr).toContain("trained encoder: linear probe  9 of 9");
  });

  test("prints the table of the newest run, colours being told apart by all", async () => {
    const { code, out } = await jepa("eval", "--quick");
    expect(code).toBe(0);
    expect(out.split("\n")[0]).toBe(`small on ${join(folder, "colours")}: accuracy on 4 test pictures, fitted on 16`);
    expect(out).toMatch(/^trained, last layer +linear probe +100\.0% +51\.0% to 100\.0%/m);
    expect(out).toMatch(/RankMe \d\.\d of 8/);
  });

  test("ends with 3, figures printed all the same, where a probe does not reach --at-least on other --data", async () => {
    const { code, out, err } = await jepa("eval", "small", "--data", join(folder, "noise"), "--at-least", "1");
    expect(code).toBe(3);
    expect(out).toContain("raw pixels");
    expect(err).toMatch(/warning: the better linear probe reached 0\.\d+, less than --at-least 1\n$/);
    expect((await jepa("eval", "small", "--at-least", "0.9", "--quiet")).code).toBe(0);
  });

  test("scores the checkpoint that is named, and names those there are where it is not", async () => {
    const { out } = await jepa("eval", "small", "--checkpoint", "1", "--json");
    expect(JSON.parse(out)).toMatchObject({ checkpoint: { step: 1, steps: 2 } });
    expect((await jepa("eval", "small", "--checkpoint", "1")).out).toMatch(/^at step 1 of 2\n/);
    expect((await jepa("eval", "small", "--checkpoint", "7")).err).toContain("expected the checkpoint of step 1, 2");
    expect((await jepa("eval", "small", "--checkpoint", "best")).err).toContain("training.probeEvery");
    expect((await jepa("eval", "small", "--checkpoint", "lst")).err).toContain("expected last, best, or a step");
  });

  test("scores the checkpoint that probed best, and a stopped run probes as one that went through", async () => {
    const probing = [...tiny, "--set", "training.steps=4", "--set", "training.probeEvery=2"];
    const { code, err } = await jepa("pretrain", join(folder, "colours"), ...probing, "--name", "probed");
    expect(code, err).toBe(0);
    const run = join(folder, "runs", "probed");
    const probes = metricsOf(run).filter(({ probe }) => probe !== undefined);
    expect(probes.map(({ step }) => step)).toEqual([2, 4]);
    const best = probes.reduce((most, probe) => (Number(probe.probe) > Number(most.probe) ? probe : most));
    const { out } = await jepa("eval", "probed", "--checkpoint", "best", "--json");
    expect(JSON.parse(out)).toMatchObject({ checkpoint: { step: best.step } });

    const stopped = copyOf("stopped", "probed");
    rmSync(join(stopped, "checkpoints", "step-4"), { recursive: true });
    rmSync(join(stopped, "checkpoints", "step-3"), { recursive: true });
    expect((await jepa("resume", "stopped")).code).toBe(0);
    expect(metricsOf(stopped)).toEqual(metricsOf(run));
  });

  test.each([
    ["pictures of one class", async () => ["small", "--data", join(folder, "single")], /received one class \(only\)/],
    ["pictures without labels", async () => ["small", "--data", join(folder, "heap")], /--data cifar10/],
    ["a run without a checkpoint", async () => [without("checkpoints")], /"jepa resume .*" goes on training/],
    ["a damaged checkpoint", async () => [damaged()], /put back a copy of it, or delete the folder/],
    ["an accuracy that is a percentage", async () => ["small", "--at-least", "50"], /a number from 0 to 1/],
    ["a run that is not there", async () => ["smal"], /did you mean "small"\?/],
  ])("refuses %s with what to do and writes nothing", async (_, words, remedy) => {
    const given = await words();
    const before = evaluationOf(given[0] ?? "");
    const { code, out, err } = await jepa("eval", ...given);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(remedy);
    expect(evaluationOf(given[0] ?? "")).toBe(before);
  });
});

test("eval asks whether it can write before it computes", async () => {
  const place = join(copyOf("unwritable"), "evaluation.json");
  rmSync(place, { force: true });
  mkdirSync(place);
  const { code, out, err } = await jepa("eval", "unwritable");
  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatch(/evaluation.json: expected a file, received a folder/);
  expect(err).not.toContain("encoder");
});

test("a bit of a checkpoint that is another is found by eval and by export", async () => {
  const model = join(copyOf("bit"), "checkpoints", "step-2", "model.safetensors");
  const bytes = readFileSync(model);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(model, bytes);
  for (const words of [
    ["eval", "bit"],
    ["export", "bit", "--to", join(folder, "exported")],
  ]) {
    const { code, out, err } = await jepa(...words);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("model.safetensors: expected the bytes that were written");
  }
  expect(existsSync(join(folder, "exported"))).toBe(false);
});

/** The text of a run's evaluation, if it has one. */
function evaluationOf(run: string): string | undefined {
  const path = join(folder, "runs", run, "evaluation.json");
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function without(part: string): string {
  rmSync(join(copyOf(`without-${part}`), part), { recursive: true });
  rmSync(join(folder, "runs", `without-${part}`, "evaluation.json"), { force: true });
  return `without-${part}`;
}

function damaged(): string {
  truncateSync(join(copyOf("damaged"), "checkpoints", "step-2", "model.safetensors"), 100);
  return "damaged";
}

describe("report", () => {
  test("by the launcher writes the page and a picture for each figure, and prints their paths", async () => {
    await jepa("eval", "small");
    const env = { ...process.env, ...environment };
    const { stdout } = await promisify(execFile)(process.execPath, [launcher, "report", "small"], { env });
    const paths = stdout.trimEnd().split("\n");
    expect(paths.every((path) => existsSync(path))).toBe(true);
    const names = paths.map((path) => path.slice(join(folder, "runs", "small").length + 1));
    expect(names.slice(0, 2)).toEqual(["report.html", join("figures", "scores.png")]);
    expect(names.slice(-4)).toEqual(
      ["masks", "coverage", "features", "neighbours"].map((name) => join("figures", `${name}.png`)),
    );
    const page = readFileSync(paths[0] ?? "", "utf8");
    for (const text of ["I-JEPA on colours (16 training pictures)", "Three directions hold", "data.crop", "--set"]) {
      expect(page).toContain(text);
    }
  });

  test("of a run without checkpoint and evaluation leaves features and scores out and says so", async () => {
    const { code, out, err } = await jepa("report", without("checkpoints"), "--json");
    expect(code).toBe(0);
    const { figures, page, notices } = JSON.parse(out);
    expect(figures.join()).toMatch(/masks.*coverage/);
    expect(figures.join()).not.toMatch(/scores|features|neighbours/);
    expect(notices.map(({ text }: { text: string }) => text)).toEqual([
      "The run was stopped before its last step.",
      expect.stringMatching(/^Left out: features and neighbours\. .*expected a checkpoint/),
    ]);
    expect(err).toContain("Left out: features");
    expect(readFileSync(page, "utf8")).toContain("No accuracy has been measured yet");
  });

  test("of a run whose pictures are gone keeps curves, masks of the grid and scores", async () => {
    renameSync(join(folder, "colours"), join(folder, "moved"));
    try {
      const { code, out } = await jepa("report", "small", "--json");
      expect(code).toBe(0);
      const { figures, notices } = JSON.parse(out);
      expect(figures.join()).toMatch(/scores.*loss.*coverage/);
      expect(figures.join()).not.toMatch(/masks|features|neighbours/);
      expect(notices).toHaveLength(1);
      expect(notices[0].text).toMatch(/^Left out: .*does not exist/);
    } finally {
      renameSync(join(folder, "moved"), join(folder, "colours"));
    }
  });
});
