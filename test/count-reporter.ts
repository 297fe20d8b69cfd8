/**
 * Vitest reporter whose only output is the last line of the run: `N passed, N failed`.
 * Printed as the process ends, because vitest itself still writes after the reporters were told of the end.
 * A file that does not load and an error outside every test each count as one failure.
 */
import { writeSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

function add(count: Count, module: TestModule): void {
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === "passed") count.passed++;
    else if (state === "failed") count.failed++;
    else count.skipped++;
  }
  count.failed += module.errors().length;
  for (const suite of module.children.allSuites()) count.failed += suite.errors().length;
}

/** The reporter for `reporters` in `vitest.config.ts`. */
export function countReporter(): Reporter {
  return {
    onTestRunEnd(modules, errors) {
      const count: Count = { passed: 0, failed: errors.length, skipped: 0 };
      for (const module of modules) add(count, module);
      process.once("exit", () => {
        const skipped = count.skipped > 0 ? `${count.skipped} skipped\n` : "";
        writeSync(1, `${skipped}${count.passed} passed, ${count.failed} failed\n`);
      });
    },
  };
}
