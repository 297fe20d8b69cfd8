// The machine's own roof: the largest rate at which the engine multiplies matrices here.

import type { Runtime } from "../src/runtime/index.ts";
import { input, matmul } from "../src/tensor/index.ts";

/** GFLOPS of a 2048^3 product in float32, median of seven. */
export async function measureRoof(runtime: Runtime): Promise<number> {
  const size = 2048;
  const program = await runtime.compile({ y: matmul(input("a", [size, size]), input("b", [size, size])) });
  const [a, b, y] = [0.5, 0.25, 0].map((value) => new Float32Array(size * size).fill(value));
  const seconds: number[] = [];
  for (let round = -2; round < 7; round++) {
    const start = performance.now();
    await program.run({ a, b }, { y });
    if (round >= 0) seconds.push((performance.now() - start) / 1000);
  }
  await program.release();
  return (2 * size ** 3) / seconds.sort((p, q) => p - q)[3] / 1e9;
}
