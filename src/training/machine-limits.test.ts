// Claims: a run that fits is let through in silence; too full a disk and too small a machine are refused before
// anything is written; little free memory is a warning; the real disk is found from a folder that is not there yet.

import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { requireRoom } from "./machine-limits.ts";

const gigabyte = 1e9;
const needs = {
  parameters: 1,
  parametersByScope: {},
  memoryBytes: 2 * gigabyte,
  checkpointBytes: gigabyte,
  diskBytes: 5 * gigabyte,
};
const ample = { diskFree: 6 * gigabyte, memory: 4 * gigabyte, memoryFree: 3 * gigabyte };

async function warningsIn(room: Partial<typeof ample>): Promise<string[]> {
  const warnings: string[] = [];
  await requireRoom(needs, "runs", (text) => warnings.push(text), { ...ample, ...room });
  return warnings;
}

test("a run that fits is let through in silence", async () => {
  expect(await warningsIn({})).toEqual([]);
});

test("a disk without room for the checkpoints is refused, with exit code 1", async () => {
  await expect(warningsIn({ diskFree: gigabyte })).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringContaining("expected 5 GB free on its disk"),
  });
});

test("more memory than the machine has is refused, less than is free is a warning", async () => {
  await expect(warningsIn({ memory: gigabyte })).rejects.toThrow(/about 2 GB for these sizes/);
  expect(await warningsIn({ memoryFree: gigabyte })).toEqual([expect.stringContaining("1 GB is free")]);
});

test("the disk of a folder that is not there yet is that of the nearest one above", async () => {
  const folder = join(tmpdir(), "jepa-not-there", "runs");
  await expect(requireRoom({ ...needs, memoryBytes: 0, diskBytes: 1 }, folder, undefined)).resolves.toBeUndefined();
  await expect(requireRoom({ ...needs, memoryBytes: 0, diskBytes: 2 ** 60 }, folder, undefined)).rejects.toThrow(
    /free on its disk/,
  );
});
