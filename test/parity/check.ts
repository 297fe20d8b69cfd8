// What a parity check is, and how the checks of a fixture are run:
// a missing file or a fault inside is a failed line, never a skip.

import type { Comparison } from "./comparison.ts";
import type { Fixture } from "./fixture.ts";

/** A comparison of ours with the reference's numbers in one fixture. */
export interface ParityCheck {
  /** The fixture's folder. */
  readonly fixture: string;
  /** What is compared, for the line that tells of a fault. */
  readonly name: string;
  compare(fixture: Fixture): Promise<readonly Comparison[]>;
}

/** A line of the report, with the fault that kept a check from comparing, if any. */
export interface Line extends Comparison {
  readonly fixture: string;
  readonly fault?: unknown;
}

/** Runs one check; a fault becomes a line of its own. */
export async function linesOf(check: ParityCheck, fixture: Fixture): Promise<Line[]> {
  try {
    const comparisons = await check.compare(fixture);
    if (comparisons.length === 0) throw new Error(`${check.name} compared nothing`);
    return comparisons.map((comparison) => ({ ...comparison, fixture: check.fixture }));
  } catch (fault) {
    return [{ fixture: check.fixture, name: check.name, difference: Number.NaN, tolerance: 0, fault }];
  }
}
