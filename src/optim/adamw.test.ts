// Claims: the squared norm is that of float64 to rounding at any length of a store, and one number that is not finite
// shows wherever it stands.

import { expect, test } from "vitest";
import { openNodeRuntime, withProgram } from "../runtime/index.ts";
import { squaredNorms } from "./adamw.ts";

const runtime = await openNodeRuntime({ threads: 2 });

async function squaredNorm(gradients: Float32Array): Promise<number> {
  const { norms } = await withProgram(runtime, squaredNorms(gradients.length), (program) => program.run({ gradients }));
  return Array.from(norms, Number).reduce((sum, norm) => sum + norm, 0);
}

test.each([64, 3 * 256, 3 * 8192])("the squared norm of %d numbers", async (length) => {
  const gradients = Float32Array.from({ length }, (_, i) => Math.sin(i + 1) * 1e-3);
  const exact = gradients.reduce((sum, x) => sum + x * x, 0);
  expect(Math.abs((await squaredNorm(gradients)) / exact - 1)).toBeLessThan(1e-6);
  for (const at of [0, length - 1]) {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(Number.isFinite(await squaredNorm(gradients.with(at, bad)))).toBe(false);
    }
  }
});
