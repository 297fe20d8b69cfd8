import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CorruptFile } from "../errors/index.ts";
import { readModel, readState, readWeights, remedyFor } from "./checkpoint-reading.ts";
import type { CheckpointState } from "./checkpoint-state.ts";
import type { NamedArray, NamedArrays } from "./checkpoints.ts";
import {
  checkpointFolder,
  checkpointSteps,
  pruneCheckpoints,
  sweepCheckpoints,
  type Weights,
  writeCheckpoint,
} from "./checkpoints.ts";

// Flushing to the disk waits for whatever else the machine is writing.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa-checkpoints-"));
  await sweepCheckpoints(folder); // as who holds a run does
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const shapes = { "encoder.weight": [2, 3], "encoder.bias": [3], "target_encoder.weight": [2, 3] };

/** Tensors as views on one buffer, each number told from any other; `from` < 0 gives zeros to read into. */
function arrays(sizes: Readonly<Record<string, readonly number[]>>, from: number): NamedArrays {
  const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  const store = new Float32Array(Object.values(sizes).reduce((sum, shape) => sum + elements(shape), 0));
  if (from >= 0)
    store.forEach((_, index) => {
      store[index] = from + index / 7;
    });
  let begin = 0;
  return new Map(
    Object.entries(sizes).map(([name, shape]): [string, NamedArray] => {
      const data = store.subarray(begin, begin + elements(shape));
      begin += elements(shape);
      return [name, { shape, data }];
    }),
  );
}

const weights = (from: number): Weights => ({
  model: arrays(shapes, from),
  optimizer: arrays({ "exp_avg.weight": [6] }, from),
});

function stateOf(step: number, change: Partial<CheckpointState> = {}): CheckpointState {
  const chosen = { recipe: "abc", seed: 1, microBatch: 4, threads: 2, versions: { jepa: "0.1.0" } };
  return { format: 1, step, metricsBytes: 120, monitor: { ema: [0.1, -0] }, ...chosen, ...change };
}

const save = (step: number): Promise<void> => writeCheckpoint(folder, weights(step), stateOf(step));
const remedy = "do this";

describe("a checkpoint", () => {
  it("gives back the numbers and the state that were saved, into the arrays given", async () => {
    await save(7);
    const into = weights(-1);
    await readWeights(folder, 7, into, remedy);
    expect(into).toEqual(weights(7));
    expect(await readState(folder, 7, remedy)).toEqual({
      ...stateOf(7),
      monitor: { ema: [0.1, 0] },
      sha256: { model: expect.stringMatching(/^[0-9a-f]{64}$/), optimizer: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it("has the same bytes for the same numbers", async () => {
    await save(7);
    const other = await mkdtemp(join(folder, "other-"));
    await sweepCheckpoints(other);
    await writeCheckpoint(other, weights(7), stateOf(7));
    for (const file of ["model.safetensors", "optimizer.safetensors", "state.json"]) {
      const [one, two] = [folder, other].map((run) => readFile(join(checkpointFolder(run, 7), file)));
      expect(await one).toEqual(await two);
    }
  });

  it("is never written over", async () => {
    await save(7);
    await writeCheckpoint(folder, weights(99), stateOf(7));
    const into = weights(-1);
    await readWeights(folder, 7, into, remedy);
    expect(into).toEqual(weights(7));
  });

  it("refuses a state that JSON would change", async () => {
    await expect(writeCheckpoint(folder, weights(1), stateOf(1, { monitor: Number.NaN }))).rejects.toThrow(
      /^internal: /,
    );
    expect(await checkpointSteps(folder)).toEqual([]);
  });

  it("gives some of its model's tensors to who asks for those only", async () => {
    await save(7);
    const into = arrays({ "target_encoder.weight": [2, 3] }, -1);
    await readModel(folder, 7, into, remedy);
    expect(into.get("target_encoder.weight")?.data).toEqual(weights(7).model.get("target_encoder.weight")?.data);
  });
});

describe("which checkpoints are kept", () => {
  it("is the last few and the best, in the order of their steps", async () => {
    for (const step of [3, 6, 9, 12, 100]) await save(step);
    await pruneCheckpoints(folder, { keep: 2, best: 6 });
    expect(await checkpointSteps(folder)).toEqual([6, 12, 100]);
    await pruneCheckpoints(folder, { keep: 2, best: undefined });
    expect(await checkpointSteps(folder)).toEqual([12, 100]);
  });

  it("leaves out what a killed writer left, which is swept away", async () => {
    await save(3);
    for (const name of [".writing-step-6", ".removing-step-1"]) {
      await cp(checkpointFolder(folder, 3), join(folder, "checkpoints", name), { recursive: true });
    }
    expect(await checkpointSteps(folder)).toEqual([3]);
    await sweepCheckpoints(folder);
    expect(await readdir(join(folder, "checkpoints"))).toEqual(["step-3"]);
  });

  it("is not begun where the run was deleted meanwhile", async () => {
    await rm(folder, { recursive: true });
    await expect(save(7)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(stat(folder)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("is none in a run without checkpoints", async () => {
    expect(await checkpointSteps(folder)).toEqual([]);
  });
});

describe("a checkpoint that is not what it should be", () => {
  const file = (name: string) => join(checkpointFolder(folder, 7), name);
  const read = () => readWeights(folder, 7, weights(-1), remedy);

  it("is refused with a list of what differs, and nothing is read", async () => {
    await save(7);
    const other = { "encoder.weight": [3, 2], "encoder.scale": [3], "target_encoder.weight": [2, 3] };
    const into: Weights = { ...weights(-1), model: arrays(other, -1) };
    const refused = readWeights(folder, 7, into, remedy);
    await expect(refused).rejects.toBeInstanceOf(CorruptFile);
    await expect(refused).rejects.toThrow(
      [
        "expected the 3 tensors of this recipe, received 1 missing, 1 unexpected, 1 misshapen: do this",
        "- encoder.scale F32 [3]",
        "+ encoder.bias F32 [3]",
        "~ encoder.weight F32 [2, 3], expected F32 [3, 2]",
      ].join("\n  "),
    );
    expect(into.model).toEqual(arrays(other, -1));
  });

  it("is listed by its first dozen differences", async () => {
    await save(7);
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`layer.${index}`, [1]]));
    const refused = readWeights(folder, 7, { ...weights(-1), model: arrays(many, -1) }, remedy);
    await expect(refused).rejects.toThrow(
      /received 20 missing, 3 unexpected: do this(\n {2}- layer\.\d+ F32 \[1\]){12}\n {2}and 11 more$/,
    );
  });

  it.each(["model.safetensors", "optimizer.safetensors"])(
    "is refused where %s was cut short or is missing",
    async (name) => {
      await save(7);
      const bytes = (await readFile(file(name))).byteLength;
      for (const length of [bytes - 1, 30, 3, 0]) {
        await truncate(file(name), length);
        await expect(read()).rejects.toBeInstanceOf(CorruptFile);
        await expect(read()).rejects.toThrow(/: do this$/);
      }
      await rm(file(name));
      await expect(read()).rejects.toThrow(/expected an existing path, received no such file or folder: do this$/);
    },
  );

  it.each(["model.safetensors", "optimizer.safetensors"])(
    "is refused where one bit of %s is another, and nothing is read",
    async (name) => {
      await save(7);
      const bytes = await readFile(file(name));
      bytes[bytes.length - 1] ^= 1;
      await writeFile(file(name), bytes);
      const into = weights(-1);
      const refused = readWeights(folder, 7, into, remedy);
      await expect(refused).rejects.toBeInstanceOf(CorruptFile);
      await expect(refused).rejects.toThrow(
        new RegExp(`${name}: expected the bytes that were written .*, received [0-9a-f]{64}: do this$`),
      );
      expect(into).toEqual(weights(-1));
      const model = readModel(folder, 7, arrays({ "target_encoder.weight": [2, 3] }, -1), remedy);
      if (name.startsWith("model")) await expect(model).rejects.toThrow(/: do this$/);
      else await model;
    },
  );

  it("is read without a check of its bytes where it is of before sums were kept", async () => {
    await save(7);
    await writeFile(file("state.json"), JSON.stringify(stateOf(7)));
    const into = weights(-1);
    await readWeights(folder, 7, into, remedy);
    expect(into).toEqual(weights(7));
  });

  it("is refused where its state is a folder or a link to itself", async () => {
    await save(7);
    await rm(file("state.json"));
    await mkdir(file("state.json"));
    await expect(read()).rejects.toThrow(/state.json: expected a file, received a folder: do this$/);
    await rm(file("state.json"), { recursive: true });
    await symlink("state.json", file("state.json"));
    await expect(read()).rejects.toThrow(/received a link that leads back to itself: do this$/);
  });

  it.each([
    ["", "received an empty file"],
    ["{", "(format 1), received"],
    ['{"format":2}', "received format: "],
    [JSON.stringify(stateOf(8)), "expected the state of step 7, received 8"],
  ])("is refused where its state is %s", async (text, message) => {
    await mkdir(checkpointFolder(folder, 7), { recursive: true });
    await writeFile(file("state.json"), text);
    await expect(readState(folder, 7, remedy)).rejects.toThrow(message);
  });

  it("is refused where it has no state", async () => {
    await expect(readState(folder, 7, remedy)).rejects.toThrow(
      /state.json: expected an existing path, received no such file or folder: do this$/,
    );
  });

  it("can be given up for the one before it, by hand", async () => {
    await save(3);
    await save(7);
    expect(await remedyFor(folder, 7, '"jepa resume demo"')).toMatch(
      /^put back a copy of it, or delete the folder ".*step-7", then "jepa resume demo" goes on from step 3$/,
    );
    expect(await remedyFor(folder, 3, '"jepa resume demo"')).toMatch(/then "jepa resume demo" begins at step 0 again$/);
  });
});
