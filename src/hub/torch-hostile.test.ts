// Checkpoints that lie, or were made to do harm: each is refused by what is wrong with it.
import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { CorruptFile, UserError } from "../errors/index.ts";
import { checkpointOf, fileOf, pickleOf, type SaidTensor, tensorOf, text, zipOf } from "./checkpoint.fixture.ts";
import { torchFileIn, torchTensorIn } from "./torch-file.ts";
import { isKind, type TorchTensor } from "./torch-value.ts";

async function refusal(bytes: Uint8Array): Promise<string> {
  const fault = await torchFileIn(fileOf(bytes)).catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(CorruptFile);
  return fault instanceof CorruptFile ? fault.message : "";
}

async function tensorIn(bytes: Uint8Array): Promise<TorchTensor> {
  const { value } = await torchFileIn(fileOf(bytes));
  if (!isKind(value, "tensor")) throw new Error("no tensor");
  return value;
}

describe("a checkpoint that would run code", () => {
  // pickle.dumps of an object whose __reduce__ gives (os.system, ("touch /tmp/harm",)), by Python 3.11
  const reduced =
    "8004952a000000000000008c05706f736978948c0673797374656d9493948c0f746f756368202f746d702f6861726d948594529" + "42e";

  it("is refused by the name of the code", async () => {
    const expected =
      /model\.pt, data\.pkl, byte \d+: expected only PyTorch's names for tensors, received posix\.system: loading/;
    expect(await refusal(checkpointOf(Buffer.from(reduced, "hex")))).toMatch(expected);
    expect(
      await refusal(checkpointOf(pickleOf("}", text("encoder"), "cposix\nsystem\n", text("id"), "\x85Rs"))),
    ).toMatch(expected);
  });

  it("is refused by that name also where its checksum is wrong, which PyTorch does not look at", async () => {
    const bytes = checkpointOf(pickleOf("cposiy\nsystem\n"));
    bytes[bytes.indexOf("posiy") + 4] = "x".charCodeAt(0);
    expect(await refusal(bytes)).toContain("received posix.system");
  });
});

describe("a checkpoint whose zip is not what torch.save writes", () => {
  const pickle = pickleOf("N");

  it("reads where the pickle lies in a folder of any name, without byteorder", async () => {
    for (const folder of ["archive", "checkpoint-latest", "größe"]) {
      const bytes = zipOf([{ name: `${folder}/data.pkl`, data: pickle }]);
      expect(await torchFileIn(fileOf(bytes))).toEqual({ value: null });
    }
  });

  it.each<[string, string[], RegExp]>([
    ["no pickle", ["archive/version"], /a zip with data\.pkl in its one folder, received one without it/],
    ["a pickle in no folder", ["data.pkl"], /received one without it/],
    ["a pickle too deep", ["archive/inner/data.pkl"], /received one without it/],
    ["two pickles", ["a/data.pkl", "b/data.pkl"], /one data\.pkl in the zip, received a\/data\.pkl and b\/data\.pkl/],
    ["a pickle above", ["../../up/data.pkl"], /names of files inside the archive, received \.\.\/\.\.\/up\/data\.pkl/],
  ])("is refused with %s", async (_, names, message) => {
    expect(await refusal(zipOf(names.map((name) => ({ name, data: pickle }))))).toMatch(message);
  });

  it("is refused big-endian", async () => {
    const order = (word: string) => [{ name: "archive/byteorder", data: Buffer.from(word) }];
    expect(await refusal(checkpointOf(pickle, order("big")))).toMatch(/byteorder little, received big/);
    expect(await refusal(checkpointOf(pickle, order("little\n or not, at length")))).toMatch(
      /at most 16 bytes in archive/,
    );
    expect(await torchFileIn(fileOf(checkpointOf(pickle, order("little"))))).toEqual({ value: null });
  });

  it("is refused compressed, however much it would unpack to", async () => {
    const bomb = {
      name: "archive/data.pkl",
      data: deflateRawSync(Buffer.alloc(2 ** 24)),
      method: 8,
      byteLength: 2 ** 24,
    };
    expect(await refusal(zipOf([bomb]))).toMatch(/stored without compression, received one compressed by deflate/);
  });

  it("is refused with a pickle that is damaged but can be read, by its checksum", async () => {
    const bytes = checkpointOf(pickleOf("K", 7));
    bytes[bytes.indexOf("K\x07") + 1] = 8;
    expect(await refusal(bytes)).toMatch(/the bytes that were written, by their checksum, received others/);
    bytes.writeUInt32LE(0, bytes.indexOf("PK\x01\x02") + 16); // the writer computed none
    expect(await torchFileIn(fileOf(bytes))).toEqual({ value: 8 });
  });

  it("is refused cut off anywhere", async () => {
    const bytes = checkpointOf(pickleOf(tensorOf()));
    for (let length = 0; length < bytes.length; length++) await refusal(bytes.subarray(0, length));
  });
});

describe("a tensor that lies about its numbers", () => {
  it.each<[string, SaidTensor, RegExp]>([
    ["begins outside", { first: 5n, shape: [0n] }, /inside its storage of 4, received an end at 5/],
    ["begins before", { first: -1n }, /place as a whole number from 0, received -1/],
    ["ends outside", { first: 1n }, /inside its storage of 4, received an end at 5/],
    ["strides outside", { shape: [2n, 2n], strides: [3n, 1n] }, /received an end at 5/],
    ["strides backwards", { strides: [-1n] }, /strides that are whole numbers from 0, received -1/],
    ["has a negative size", { shape: [-4n] }, /sizes that are whole numbers from 0, received -4/],
    ["has a size past 2^53", { shape: [2n ** 62n] }, /whole numbers from 0, received 4611686018427387904/],
    [
      "has sizes whose product is past 2^53",
      { shape: [2n ** 50n, 2n ** 50n], strides: [0n, 0n] },
      /less than 2\^53 bytes/,
    ],
    ["has strides whose product is past 2^53", { shape: [2n ** 50n], strides: [2n ** 50n] }, /inside its storage of 4/],
    ["has fewer strides than axes", { shape: [2n, 2n] }, /2 strides, one an axis, received 1/],
    [
      "has 65 axes",
      { shape: Array(65).fill(1n), strides: Array(65).fill(1n) },
      /at most 64 sizes, received a list of 65/,
    ],
    ["has a storage larger than its file", { length: 5n }, /at least 20 bytes in data\/0, for 5 of F32, received 16/],
    ["has a wider type than its file", { type: "torch DoubleStorage" }, /at least 32 bytes in data\/0/],
    ["has a storage of negative length", { length: -1n }, /a reference to a storage of a known type/],
    ["has a storage that is absent", { key: "1" }, /the entry data\/1 in the zip, received none of that name/],
    ["has a storage elsewhere", { key: "../data.pkl" }, /the entry data\/\.\.\/data\.pkl in the zip/],
    ["has a type that is none", { type: "torch float32" }, /a reference to a storage of a known type/],
  ])("that %s is refused", async (_, said, message) => {
    expect(await refusal(checkpointOf(pickleOf(tensorOf(said))))).toMatch(message);
  });

  it("that has a storage of an endless name is refused in few words", async () => {
    expect((await refusal(checkpointOf(pickleOf(tensorOf({ key: "k".repeat(2 ** 20) }))))).length).toBeLessThan(1000);
  });

  it("that is built of other things is refused", async () => {
    const build = "ctorch._utils\n_rebuild_tensor_v2\n";
    expect(await refusal(checkpointOf(pickleOf(build, "(NNNNNNtR")))).toMatch(/a tensor in a storage, received None/);
    expect(await refusal(checkpointOf(pickleOf(build, "(NtR")))).toMatch(/a tensor of 6 or 7 arguments, received 1/);
    const parameter = "ctorch._utils\n_rebuild_parameter\n(N\x88NtR";
    expect(await refusal(checkpointOf(pickleOf(parameter)))).toMatch(/a parameter that is a tensor, received None/);
  });

  it("that repeats one number a thousand million times is refused before memory is given to it", async () => {
    const bytes = checkpointOf(pickleOf(tensorOf({ length: 4n, shape: [10n ** 9n], strides: [0n] })));
    const read = torchTensorIn(fileOf(bytes), await tensorIn(bytes));
    await expect(read).rejects.toThrow(UserError);
    await expect(read).rejects.toThrow(/at most 67108864 bytes, received 4000000000: the tensor repeats few numbers/);
  });

  it("and one that does not lie is read", async () => {
    const bytes = checkpointOf(pickleOf(tensorOf({ first: 1n, shape: [3n, 2n], strides: [1n, 0n] })));
    const tensor = await torchTensorIn(fileOf(bytes), await tensorIn(bytes));
    expect(tensor).toEqual({ dtype: "F32", shape: [3, 2], data: Float32Array.of(1, 1, 2, 2, 3, 3) });
  });

  it("and a file that has become shorter is told as such", async () => {
    const bytes = checkpointOf(pickleOf(tensorOf()));
    const tensor = await tensorIn(bytes);
    await expect(torchTensorIn(fileOf(bytes.subarray(0, tensor.offset + 8)), tensor)).rejects.toThrow(CorruptFile);
  });
});
