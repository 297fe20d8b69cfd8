// Claims: what the colours of pictures tell is found; the same
// seed gives the same figure; pictures without labels are refused.

import { expect, test } from "vitest";
import { openNodeRuntime } from "../runtime/index.ts";
import { colouredPictures, smallEncoder } from "./protocol.fixture.ts";
import { quickProbe } from "./quick-probe.ts";

const runtime = await openNodeRuntime({ threads: 1 });

test("pictures of different colours are told apart, by the same figure for the same seed", async () => {
  const pictures = colouredPictures("plain", 210);
  const accuracy = await quickProbe(runtime, smallEncoder(0), pictures, { seed: 1 });
  expect(accuracy).toBeGreaterThan(0.9);
  expect(await quickProbe(runtime, smallEncoder(0), pictures, { seed: 1 })).toBe(accuracy);
});

test("labels that mean nothing are not found: the pictures scored are not those that were fitted", async () => {
  const pictures = { ...colouredPictures("plain", 210), label: (index: number) => Math.floor(index / 3) % 3 };
  expect(await quickProbe(runtime, smallEncoder(0), pictures, { seed: 1 })).toBeLessThan(0.6);
});

test("pictures without labels are refused", async () => {
  const unlabelled = colouredPictures("plain", 20, null);
  await expect(quickProbe(runtime, smallEncoder(0), unlabelled, { seed: 1 })).rejects.toThrow(
    /expected labelled pictures of two or more classes/,
  );
});
