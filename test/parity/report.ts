// The report of `npm run goldens`: every check on a folder of
// fixtures, a line a tensor group, and the count at the end.

import { type Line, linesOf, type ParityCheck } from "./check.ts";
import { agrees } from "./comparison.ts";
import { openFixture } from "./fixture.ts";

/**
 * Runs the checks on the fixtures in `folder` and writes the report.
 *
 * @param write takes one line, without its end
 * @returns how many lines failed; a fixture or tensor that is missing is one
 */
export async function report(
  folder: string,
  checks: readonly ParityCheck[],
  write: (line: string) => void,
): Promise<number> {
  let passed = 0;
  let failed = 0;
  for (const name of new Set(checks.map(({ fixture }) => fixture))) {
    const fixture = openFixture(folder, name);
    for (const check of checks.filter((each) => each.fixture === name)) {
      for (const line of await linesOf(check, fixture)) {
        write(text(line));
        if (agrees(line)) passed++;
        else failed++;
      }
    }
  }
  write(`${passed} passed, ${failed} failed`);
  return failed;
}

function text(line: Line): string {
  const { fixture, name, difference, tolerance, fault } = line;
  if (fault !== undefined)
    return `${fixture}  ${name}  FAIL  ${fault instanceof Error ? fault.message : String(fault)}`;
  const figures = `largest difference ${figure(difference)}, tolerance ${figure(tolerance)}`;
  return `${fixture}  ${name}  ${figures}  ${agrees(line) ? "ok" : "FAIL"}`;
}

function figure(value: number): string {
  return value === 0 ? "0" : value.toExponential(1);
}
