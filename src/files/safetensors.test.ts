import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CorruptFile, UserError } from "../errors/index.ts";
import { readSafetensors, readSafetensorsHeader, type StoredTensor, writeSafetensors } from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jepa files "));
});
afterAll(() => rm(folder, { recursive: true }));

const everyType: [string, StoredTensor][] = [
  [
    "weight",
    { dtype: "F32", shape: [2, 3], data: Float32Array.of(1, -2, Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-40) },
  ],
  ["precise", { dtype: "F64", shape: [1], data: Float64Array.of(Math.PI) }],
  ["half", { dtype: "F16", shape: [2], data: Uint16Array.of(0x3c00, 0xfc00) }],
  ["brain", { dtype: "BF16", shape: [1, 1], data: Uint16Array.of(0x3f80) }],
  ["ids", { dtype: "I64", shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) }],
  ["places", { dtype: "I32", shape: [3], data: Int32Array.of(-5, 0, 7) }],
  ["pixels", { dtype: "U8", shape: [3], data: Uint8Array.of(0, 128, 255) }],
  ["mask", { dtype: "BOOL", shape: [2], data: Uint8Array.of(1, 0) }],
  ["scalar", { dtype: "F32", shape: [], data: Float32Array.of(0.5) }],
  ["nothing", { dtype: "F32", shape: [0, 4], data: new Float32Array(0) }],
];

describe("writeSafetensors and readSafetensors", () => {
  it("give back every type, shape, bit and text", async () => {
    const path = join(folder, "every.safetensors");
    await writeSafetensors(path, everyType, { format: "pt", "": "empty name" });
    const { tensors, metadata } = await readSafetensors(path);
    expect(new Map(tensors)).toEqual(new Map(everyType));
    expect(metadata).toEqual({ format: "pt", "": "empty name" });
  });

  it("write the bytes of the reference library: header padded to 8, widest types first, then by name", async () => {
    const path = join(folder, "exact.safetensors");
    await writeSafetensors(path, [
      ["b", { dtype: "U8", shape: [1], data: Uint8Array.of(9) }],
      ["10", { dtype: "F32", shape: [1], data: Float32Array.of(1) }],
      ["a", { dtype: "U8", shape: [1], data: Uint8Array.of(8) }],
    ]);
    const json =
      '{"10":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[1],"data_offsets":[4,5]},' +
      '"b":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}}';
    const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
    const expected = Buffer.concat([
      Buffer.from([padded.length, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from(padded),
      Buffer.from([0, 0, 0x80, 0x3f, 8, 9]),
    ]);
    expect(await readFile(path)).toEqual(expected);
  });

  it("write equal bytes whatever the order of tensors and texts", async () => {
    const write = async (name: string, tensors: [string, StoredTensor][], metadata: Record<string, string>) => {
      await writeSafetensors(join(folder, name), tensors, metadata);
      return readFile(join(folder, name));
    };
    const first = await write("first", everyType, { a: "1", b: "2" });
    expect(await write("second", [...everyType].reverse(), { b: "2", a: "1" })).toEqual(first);
  });

  it("write only the part of a buffer that a view shows", async () => {
    const path = join(folder, "view.safetensors");
    const store = Float32Array.of(1, 2, 3, 4, 5, 6);
    await writeSafetensors(path, [["part", { dtype: "F32", shape: [2], data: store.subarray(2, 4) }]]);
    expect((await readSafetensors(path)).tensors.get("part")?.data).toEqual(Float32Array.of(3, 4));
  });

  it("tell where each tensor lies without reading it", async () => {
    const path = join(folder, "where.safetensors");
    await writeSafetensors(path, [["x", { dtype: "I32", shape: [2], data: Int32Array.of(3, 4) }]]);
    const { entries } = await readSafetensorsHeader(path);
    expect(entries).toEqual([{ name: "x", dtype: "I32", shape: [2], offset: 64, byteLength: 8 }]);
    expect((await readFile(path)).readInt32LE(64 + 4)).toBe(4);
  });

  it("refuse to write a shape that does not fit its numbers, or a name twice", async () => {
    const one: StoredTensor = { dtype: "F32", shape: [2], data: new Float32Array(3) };
    const path = join(folder, "never.safetensors");
    await expect(writeSafetensors(path, [["x", one]])).rejects.toThrow('internal: tensor "x" of F32 [2]');
    const fits: StoredTensor = { dtype: "F32", shape: [3], data: new Float32Array(3) };
    const twice: [string, StoredTensor][] = [
      ["x", fits],
      ["x", fits],
    ];
    await expect(writeSafetensors(path, twice)).rejects.toThrow("internal: a tensor's name is used twice");
    expect(await readdir(folder)).not.toContain("never.safetensors");
  });
});

/** A file with this header and that many bytes of data, written without our writer. */
async function made(header: string | Uint8Array, dataBytes: number, declared?: bigint): Promise<string> {
  const path = join(folder, "made.safetensors");
  const json = Buffer.from(header);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(declared ?? BigInt(json.length));
  await writeFile(path, Buffer.concat([prefix, json, Buffer.alloc(dataBytes)]));
  return path;
}

const entry = (fields: object) => JSON.stringify({ x: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...fields } });

describe("readSafetensors refuses", () => {
  it.each([
    { fault: "a header longer than the file", header: "{}", declared: 2n ** 60n, says: "a header of at most 2 bytes" },
    { fault: "a header that is no JSON", header: "{", says: "a header in JSON" },
    { fault: "a header that is no text", header: Uint8Array.of(0xff, 0xfe), says: "a header in JSON" },
    { fault: "a header that is a list", header: "[]", says: "a header that is a JSON object" },
    { fault: "a tensor that is a number", header: '{"x":1}', says: 'tensor "x" with dtype' },
    { fault: "a type it does not know", header: entry({ dtype: "toString" }), says: "of type I64, F64" },
    { fault: "a negative size", header: entry({ shape: [-2] }), says: "shape of whole numbers" },
    { fault: "a broken size", header: entry({ shape: [1.5] }), says: "shape of whole numbers" },
    { fault: "not a number", header: '{"x":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}', says: "in JSON" },
    { fault: "three offsets", header: entry({ data_offsets: [0, 4, 8] }), says: "two data_offsets" },
    { fault: "a shape of other bytes", header: entry({ shape: [3] }), says: "(F32 [3]) to take 12 bytes, received 8" },
    { fault: "a size beyond all numbers", header: entry({ shape: [2 ** 40, 2 ** 40] }), says: "to take" },
    { fault: "data that ends too early", header: entry({}), bytes: 7, says: "a file of 70 bytes" },
    { fault: "data that goes on", header: entry({}), bytes: 9, says: "a file of 70 bytes" },
    { fault: "a hole before the data", header: entry({ data_offsets: [8, 16] }), bytes: 16, says: "to begin at byte" },
    {
      fault: "overlapping tensors",
      header:
        '{"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"y":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}',
      says: 'tensor "y" to begin at byte',
    },
    { fault: "free text that is none", header: '{"__metadata__":{"a":1}}', says: '__metadata__ "a" to be a string' },
  ])("$fault", async ({ header, declared, bytes = 8, says }) => {
    const reading = readSafetensors(
      await made(header, typeof header === "string" && header === "{}" ? 0 : bytes, declared),
    );
    await expect(reading).rejects.toThrow(CorruptFile);
    await expect(reading).rejects.toThrow(says);
    await expect(reading).rejects.toThrow("made.safetensors: expected");
  });

  it("a file of less than 8 bytes", async () => {
    const path = join(folder, "tiny");
    await writeFile(path, "1234567");
    await expect(readSafetensors(path)).rejects.toThrow("at least 8 bytes, received 7 bytes");
  });

  it("every shortened file", async () => {
    const path = join(folder, "whole.safetensors");
    await writeSafetensors(path, everyType, { note: "x" });
    const whole = await readFile(path);
    const cut = join(folder, "cut.safetensors");
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        await writeFile(cut, whole.subarray(0, length));
        await expect(readSafetensors(cut)).rejects.toThrow(CorruptFile);
      }),
    );
  });

  it("a path that does not exist, and a folder", async () => {
    await expect(readSafetensors(join(folder, "missing"))).rejects.toThrow(UserError);
    await expect(readSafetensors(folder)).rejects.toThrow("received a folder");
  });
});
