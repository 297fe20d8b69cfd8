// Claims: the defaults are the published settings, unknown fields
// and reversed ranges are refused, fields explain themselves.

import { expect, test } from "vitest";
import { z } from "zod";
import { fixedBlockOptions, maskOptions, multiBlockOptions } from "./options.ts";

test("the defaults are the settings of the four published checkpoints", () => {
  expect(multiBlockOptions.parse({ kind: "multi-block" })).toEqual({
    kind: "multi-block",
    contexts: 1,
    contextScale: [0.85, 1],
    targets: 4,
    targetScale: [0.15, 0.2],
    aspect: [0.75, 1.5],
    minKeep: 10,
    allowOverlap: false,
    placement: "reference",
    truncation: "first",
  });
});

test.each([
  [{ kind: "multi-block", minkeep: 3 }, 'Unrecognized key: "minkeep"'],
  [{ kind: "multi-block", aspect: [2, 1] }, "the first must not be greater than the second"],
  [{ kind: "multi-block", targets: 31 }, "Too big: expected number to be <=30"],
  [{ kind: "fixed", minKeep: 3 }, 'Unrecognized key: "minKeep"'],
  [{ kind: "tubes" }, "Invalid discriminator value. Expected 'multi-block' | 'fixed'"],
])("%j is refused", (written, message) => {
  expect(maskOptions.safeParse(written).error?.issues.map((issue) => issue.message)).toEqual([message]);
});

test.each([
  ["multi-block", multiBlockOptions],
  ["fixed", fixedBlockOptions],
])("every field of %s but its kind has a description and a default", (_, schema) => {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
  const { kind, ...fields } = properties;
  expect(kind).toMatchObject({ type: "string" });
  for (const field of Object.values(fields)) {
    expect(field).toMatchObject({ description: expect.any(String), default: expect.anything() });
  }
});
