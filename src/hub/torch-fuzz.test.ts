// Random damage to a real checkpoint ends in a value or in a fault with a remedy, soon: never in another error.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { UserError } from "../errors/index.ts";
import { fileOf } from "./checkpoint.fixture.ts";
import { torchFileIn, torchTensorIn } from "./torch-file.ts";
import { isKind, type TorchTensor, type TorchValue } from "./torch-value.ts";

const checkpoint = (name: string): Buffer => {
  return readFileSync(fileURLToPath(new URL(`../../test/goldens/${name}`, import.meta.url)));
};
const golden = checkpoint("meta-ijepa/checkpoint-latest.pth.tar");
const small = checkpoint("torch-files/protocol-5.pt");

/** Where the pickle of a checkpoint lies: first in the file. */
function pickleIn(bytes: Buffer): { readonly from: number; readonly to: number } {
  const name = bytes.indexOf("data.pkl") + "data.pkl".length;
  const from = bytes.indexOf(0x80, name);
  return { from, to: bytes.indexOf("PK\x03\x04", from) };
}

/** Reads a checkpoint and all its tensors; true, or the fault. */
async function outcome(bytes: Uint8Array): Promise<unknown> {
  try {
    const file = fileOf(bytes);
    const { value } = await torchFileIn(file);
    for (const tensor of tensorsIn(value)) await torchTensorIn(file, tensor);
    return true;
  } catch (error) {
    return error;
  }
}

function tensorsIn(value: TorchValue): TorchTensor[] {
  if (isKind(value, "tensor")) return [value];
  if (value instanceof Map) return [...value.values()].flatMap(tensorsIn);
  return Array.isArray(value) ? value.flatMap(tensorsIn) : [];
}

const flips = fc.array(
  fc.record({ place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), bit: fc.nat(7) }),
  {
    minLength: 1,
    maxLength: 4,
  },
);

/** Bytes with some bits turned, at places given as shares of the part from `from` to `to`. */
function damage(bytes: Buffer, from: number, to: number, where: readonly { place: number; bit: number }[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const { place, bit } of where) copy[from + Math.floor(place * (to - from))] ^= 1 << bit;
  return copy;
}

async function endsWell(bytes: Uint8Array): Promise<void> {
  const begin = performance.now();
  const end = await outcome(bytes);
  if (end !== true) expect(end).toBeInstanceOf(UserError);
  expect(performance.now() - begin).toBeLessThan(5000); // milliseconds; one takes a few, on a machine that does nothing else
}

test("undamaged, the checkpoints are read", async () => {
  expect([await outcome(golden), tensorsIn((await torchFileIn(fileOf(golden))).value).length]).toEqual([true, 327]);
  expect(await outcome(small)).toMatchObject({ received: "I16" });
});

test.each<[string, Buffer, number]>([
  ["the golden run's", golden, 60],
  ["a small one's", small, 400],
])("bits turned in %s pickle", async (_, bytes, numRuns) => {
  const { from, to } = pickleIn(bytes);
  // Without checksums, so that the pickle is all that can be wrong.
  const unchecked = Buffer.from(bytes);
  unchecked.writeUInt32LE(0, bytes.indexOf("PK\x01\x02") + 16);
  await fc.assert(
    fc.asyncProperty(flips, (where) => endsWell(damage(unchecked, from, to, where))),
    { numRuns },
  );
});

test.each<[string, Buffer, number]>([
  ["the golden run's", golden, 60],
  ["a small one's", small, 400],
])("bits turned in %s zip directory", async (_, bytes, numRuns) => {
  const from = bytes.indexOf("PK\x01\x02");
  await fc.assert(
    fc.asyncProperty(flips, (where) => endsWell(damage(bytes, from, bytes.length, where))),
    { numRuns },
  );
});

test("a checkpoint cut off, and cut within", async () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const cut = (bytes: Buffer, a: number, b: number) => {
    const [from, to] = [a, b].sort((x, y) => x - y).map((place) => Math.floor(place * bytes.length));
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  };
  await fc.assert(
    fc.asyncProperty(share, share, async (a, b) => {
      await endsWell(cut(small, a, 1));
      await endsWell(cut(small, a, b));
    }),
    { numRuns: 300 },
  );
});
