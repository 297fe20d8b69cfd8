// Every parity check of `npm run goldens` on the repository's own
// fixtures, and that together they look at every name in them.

import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { linesOf } from "./check.ts";
import { checks } from "./checks.ts";
import { agrees } from "./comparison.ts";
import { openFixture } from "./fixture.ts";

const folder = fileURLToPath(new URL("../goldens", import.meta.url));

/** The statistics of the masks take seconds on a busy machine. */
const patience = 120_000;

/** What no check reads yet, because nothing in the package computes it. Whoever adds that takes the line out. */
const awaited: Readonly<Record<string, readonly RegExp[]>> = {
  "hf-ijepa-tiny": [/^meta\.json$/],
  metrics: [
    /: spectrum\.singular_values$/,
    /: cka\./,
    /: knn\..*\.votes$/,
    /: lidar\./,
    /: pairs\./,
    /: probe\.y$/,
    /: ridge\./,
  ],
};

describe.each([...new Set(checks.map(({ fixture }) => fixture))])("%s", (name) => {
  const fixture = openFixture(folder, name);

  test.each(checks.filter((check) => check.fixture === name))(
    "agrees in its $name",
    async (check) => {
      expect((await linesOf(check, fixture)).filter((line) => !agrees(line))).toEqual([]);
    },
    patience,
  );

  test("has no name that the checks above leave out", async () => {
    const unread = await fixture.unread();
    const patterns = awaited[name] ?? [];
    expect(unread.filter((each) => !patterns.some((pattern) => pattern.test(each)))).toEqual([]);
    expect(patterns.filter((pattern) => !unread.some((each) => pattern.test(each)))).toEqual([]);
  });
});
