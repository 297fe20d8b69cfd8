// Where the time of a step goes: the engine's own trace, summed by operator.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { openStep, type StepBenchOptions } from "./step.ts";

const shapesForm = z.array(z.record(z.string(), z.array(z.number())));
const argsForm = z.looseObject({
  op_name: z.string().optional(),
  input_type_shape: shapesForm.optional(),
  output_type_shape: shapesForm.optional(),
});
const traceForm = z.array(
  z.looseObject({
    cat: z.string(),
    name: z.string(),
    ts: z.number(),
    dur: z.number(),
    args: argsForm.optional(),
  }),
);

/** The first steps touch memory for the first time; only the last is told of. */
const steps = 3;

/** Runs a few steps with the trace on; a table of operators by time, program by program. */
export async function profileStep(model: string, options: StepBenchOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "jepa-profile-"));
  try {
    const bench = await openStep(model, { ...options, profile: join(folder, "trace") });
    for (let step = 1; step <= steps; step++) await bench.step(step);
    await bench.close();
    const tables = await Promise.all(
      (await readdir(folder))
        .sort()
        .map(async (file) => tableOf(traceForm.parse(JSON.parse(await readFile(join(folder, file), "utf8"))))),
    );
    return tables.join("\n\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What one operator type took in the last step. */
interface Total {
  milliseconds: number;
  calls: number;
  /** Of its products; 0 where it is none. */
  flops: number;
}

function tableOf(trace: z.infer<typeof traceForm>): string {
  const starts = trace.filter(({ name }) => name === "model_run").map(({ ts }) => ts);
  const runs = starts.length / steps;
  const since = starts.sort((a, b) => a - b)[Math.round(starts.length - runs)];
  const totals = new Map<string, Total>();
  for (const { cat, name, ts, dur, args } of trace) {
    if (ts < since || cat !== "Node" || !name.endsWith("_kernel_time")) continue;
    const operator = args?.op_name ?? name;
    const { milliseconds, calls, flops } = totals.get(operator) ?? { milliseconds: 0, calls: 0, flops: 0 };
    const added = products.includes(operator) ? flopsOfProduct(args) : 0;
    totals.set(operator, { milliseconds: milliseconds + dur / 1000, calls: calls + 1, flops: flops + added });
  }
  const sum = [...totals.values()].reduce((total, { milliseconds }) => total + milliseconds, 0);
  const rows = [...totals].sort(([, a], [, b]) => b.milliseconds - a.milliseconds).slice(0, 16);
  return [
    `a program, ${runs} runs, ${sum.toFixed(1)} ms in operators`,
    ...rows.map(([operator, total]) => rowOf(operator, total, sum)),
  ].join("\n");
}

function rowOf(operator: string, { milliseconds, calls, flops }: Total, sum: number): string {
  const share = `${((100 * milliseconds) / sum).toFixed(1).padStart(5)}%`;
  const rate = flops === 0 ? "" : `  ${(flops / milliseconds / 1e6).toFixed(0)} GFLOPS`;
  return `  ${operator.padEnd(28)} ${milliseconds.toFixed(1).padStart(9)} ms ${share} ${String(calls).padStart(6)} calls${rate}`;
}

const products = ["Gemm", "MatMul", "FusedMatMul"];

/**
 * Operations of a product: twice its result's elements times
 * the inner size, which is what is left of the left factor's.
 */
function flopsOfProduct(args: z.infer<typeof argsForm> | undefined): number {
  const [left] = shapesIn(args?.input_type_shape);
  const [result] = shapesIn(args?.output_type_shape);
  if (left === undefined || result === undefined) return 0;
  const rows = sizeOf(result) / result[result.length - 1];
  return 2 * sizeOf(result) * (sizeOf(left) / rows);
}

function shapesIn(typed: z.infer<typeof shapesForm> | undefined): readonly (readonly number[])[] {
  return (typed ?? []).flatMap((each) => Object.values(each));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
