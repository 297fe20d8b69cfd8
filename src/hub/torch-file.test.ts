// Checkpoints of PyTorch against the same numbers in safetensors, and against what the script that made them states.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { UserError } from "../errors/index.ts";
import { readSafetensors, type StoredTensor } from "../files/index.ts";
import { readTorchFile, readTorchTensor } from "./torch-file.ts";
import { isKind, type TorchTensor, type TorchValue } from "./torch-value.ts";

const golden = (name: string) => fileURLToPath(new URL(`../../test/goldens/${name}`, import.meta.url));

/** The value at a path of keys and indices. */
function at(value: TorchValue | undefined, ...keys: TorchValue[]): TorchValue | undefined {
  return keys.reduce<TorchValue | undefined>((held, key) => {
    if (held instanceof Map) return held.get(key);
    return Array.isArray(held) && typeof key === "number" ? held[key] : undefined;
  }, value);
}

function tensorAt(value: TorchValue, ...keys: TorchValue[]): TorchTensor {
  const found = at(value, ...keys);
  if (!isKind(found, "tensor")) throw new Error(`no tensor at ${keys.join(".")}`);
  return found;
}

const listOf = (value: TorchValue | undefined): TorchValue[] => (Array.isArray(value) ? value : []);

describe("the official code's checkpoint of the golden run", () => {
  const path = golden("meta-ijepa/checkpoint-latest.pth.tar");
  let value: TorchValue;
  let parameters: Map<string, StoredTensor>;
  let moments: Map<string, StoredTensor>;
  beforeAll(async () => {
    ({ value } = await readTorchFile(path));
    ({ tensors: parameters } = await readSafetensors(golden("meta-ijepa/params_after_step3.safetensors")));
    ({ tensors: moments } = await readSafetensors(golden("meta-ijepa/optimizer_after_step3.safetensors")));
  });

  it("holds the parameters of three networks, bit for bit", async () => {
    const read = new Map<string, StoredTensor>();
    for (const network of ["encoder", "predictor", "target_encoder"]) {
      const dictionary = at(value, network);
      if (!(dictionary instanceof Map)) throw new Error(`no ${network}`);
      for (const [key, tensor] of dictionary) {
        if (!isKind(tensor, "tensor")) throw new Error(`${key} is no tensor`);
        read.set(`${network}.${String(key).replace("module.", "")}`, await readTorchTensor(path, tensor));
      }
    }
    expect(read.size).toBe(114);
    expect(bitsOf(read)).toEqual(bitsOf(parameters));
  });

  it("holds AdamW's moments of each parameter, bit for bit", async () => {
    const read = new Map<string, StoredTensor>();
    const state = at(value, "opt", "state");
    if (!(state instanceof Map)) throw new Error("no state of the optimizer");
    for (const [index, moment] of state) {
      for (const key of ["exp_avg", "exp_avg_sq"]) {
        read.set(`${key}.${await nameOf(value, index)}`, await readTorchTensor(path, tensorAt(moment, key)));
      }
      const step = await readTorchTensor(path, tensorAt(moment, "step"));
      expect(step).toEqual({ dtype: "F32", shape: [], data: Float32Array.of(3) });
    }
    const expected = [...moments].filter(([name]) => name.startsWith("exp_avg"));
    expect(expected.length).toBe(142);
    expect(bitsOf(read)).toEqual(bitsOf(new Map(expected)));
  });

  it("holds the numbers of the run", () => {
    expect(["epoch", "batch_size", "world_size", "lr", "scaler"].map((key) => at(value, key))).toEqual([
      1,
      3,
      1,
      0.001,
      null,
    ]);
    expect(at(value, "opt", "param_groups", 0, "betas")).toEqual([0.9, 0.999]);
  });
});

const namesOfGroups = z.object({
  config: z.object({ param_groups: z.array(z.object({ params: z.array(z.string()) })) }),
});

/**
 * The parameter's name under an index of the optimizer: the groups list indices and, in meta.json, names in the same
 * order.
 */
async function nameOf(value: TorchValue, index: TorchValue): Promise<string | undefined> {
  const { config } = namesOfGroups.parse(JSON.parse(await readFile(golden("meta-ijepa/meta.json"), "utf8")));
  const names = config.param_groups.flatMap(({ params }) => params);
  const indices = listOf(at(value, "opt", "param_groups")).flatMap((group) => listOf(at(group, "params")));
  return names[indices.indexOf(index)];
}

/** Types, shapes and bytes by name, in one order; NaN and -0 count as their bits. */
function bitsOf(tensors: ReadonlyMap<string, StoredTensor>): unknown[] {
  return [...tensors]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { dtype, shape, data }]) => {
      return [name, dtype, shape, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64")];
    });
}

// The content is stated in test/goldens/torch-files/make.py, which made the files.
describe.each(["protocol-2.pt", "protocol-5.pt"])("%s", (name) => {
  const path = golden(`torch-files/${name}`);
  let value: TorchValue;
  beforeAll(async () => {
    ({ value } = await readTorchFile(path));
  });
  const read = (...keys: string[]) => readTorchTensor(path, tensorAt(value, ...keys));

  it("gives tensors of every type", async () => {
    expect(await read("parameter")).toEqual({ dtype: "F32", shape: [2], data: Float32Array.of(0.5, -0.5) });
    expect(await read("precise")).toEqual({ dtype: "F64", shape: [1], data: Float64Array.of(0.1) });
    expect(await read("brain")).toEqual({ dtype: "BF16", shape: [2], data: Uint16Array.of(0x3f80, 0xc000) });
    expect(await read("half")).toEqual({ dtype: "F16", shape: [2], data: Uint16Array.of(0x3c00, 0xc000) });
    expect(await read("long")).toEqual({ dtype: "I64", shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) });
    expect(await read("int")).toEqual({ dtype: "I32", shape: [2], data: Int32Array.of(-5, 7) });
    expect(await read("bytes")).toEqual({ dtype: "U8", shape: [2], data: Uint8Array.of(0, 255) });
    expect(await read("mask")).toEqual({ dtype: "BOOL", shape: [2], data: Uint8Array.of(1, 0) });
    expect(await read("scalar")).toEqual({ dtype: "I64", shape: [], data: BigInt64Array.of(3n) });
    expect(await read("nothing")).toEqual({ dtype: "F32", shape: [0, 4], data: new Float32Array() });
    expect(await read("module", "weight")).toEqual({ dtype: "F64", shape: [1, 2], data: Float64Array.of(0.25, 0.75) });
  });

  it("gives views of a storage row by row", async () => {
    const places = Float32Array.from({ length: 24 }, (_, place) => place);
    expect(await read("grid")).toEqual({ dtype: "F32", shape: [2, 3, 4], data: places });
    const turned = places.map((place) => 12 * (Math.floor(place / 3) % 2) + 4 * (place % 3) + Math.floor(place / 6));
    expect(await read("turned")).toEqual({ dtype: "F32", shape: [4, 2, 3], data: turned });
    expect(await read("part")).toEqual({ dtype: "F32", shape: [3, 2], data: Float32Array.of(13, 14, 17, 18, 21, 22) });
    expect(await read("row")).toEqual({ dtype: "F32", shape: [4], data: Float32Array.of(20, 21, 22, 23) });
    expect(await read("repeated")).toEqual({ dtype: "F32", shape: [3], data: Float32Array.of(7, 7, 7) });
  });

  it("tells of a tensor of 16 bits, and refuses to read it", async () => {
    expect(tensorAt(value, "short")).toMatchObject({ dtype: "I16", shape: [2], byteLength: 4 });
    await expect(read("short")).rejects.toThrow(/a type that is read, received I16: save the tensor as int32/);
  });

  it("gives everything else as plain data", () => {
    expect(at(value, "storage")).toMatchObject({ kind: "storage", dtype: "U8", length: 24 });
    expect(at(value, "type")).toEqual({ kind: "name", name: "torch.float16" });
    expect(at(value, "size")).toEqual([2, 3]);
    expect(at(value, "set")).toEqual(new Set([1, 2]));
    expect(at(value, "numbers")).toEqual([
      0,
      -1,
      255,
      65535,
      -(2 ** 31),
      2 ** 40,
      2n ** 63n,
      -(2n ** 70n),
      0.1,
      true,
      null,
    ]);
    expect(at(value, "texts")).toEqual(["", "größe", "__proto__"]);
    expect(at(value, "__proto__", "polluted")).toBe(true);
    const ordered = at(value, "ordered");
    expect(ordered instanceof Map && [...ordered]).toEqual([
      ["b", 1],
      ["a", 2],
    ]);
    if (name === "protocol-2.pt") return;
    expect(at(value, "raw")).toEqual(Uint8Array.of(0, 255));
    expect(at(value, "frozen")).toEqual(new Set([1]));
  });
});

describe("a file of another kind", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "jepa torch "));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("from before PyTorch 1.6 is refused with what to do", async () => {
    const saved = readTorchFile(golden("torch-files/before-1.6.pt"));
    await expect(saved).rejects.toThrow(/the form before PyTorch 1.6: load and save it once with a current PyTorch/);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ["nothing", "", /received an empty file/],
    ["a page", "<!doctype html>", /received a file of another kind/],
    ["a zip's first half", "PK\x03\x04 and so on", /a directory at its end, received a file that is cut off/],
  ])("such as %s is refused", async (name, content, message) => {
    const path = join(folder, name);
    await writeFile(path, content);
    await expect(readTorchFile(path)).rejects.toThrow(message);
  });

  it("that is missing, or a folder, is told as such", async () => {
    await expect(readTorchFile(join(folder, "none"))).rejects.toThrow(/no such file or folder/);
    await expect(readTorchFile(folder)).rejects.toThrow(UserError);
  });
});
